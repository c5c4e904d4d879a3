using System.Net.Sockets;
using EngineIO;
using EngineIO.Epoll;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using SocketIO.Tests.Kit;

namespace SocketIO.Tests.Engine;

/// <summary>Clients that end their half of the connection: those that still want their answer, and those that are gone.</summary>
public class HalfCloseTests
{
    private const int LargeSize = 20_000_000;

    private readonly FakeTimeProvider _clock = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_request_is_answered_though_its_client_has_ended_its_half()
    {
        await using var server = await StartAsync();
        using var client = await RawHttp.ConnectAsync(server);
        // The handler goes on when the server has learned of the end.
        await client.SendAsync("GET /after-end HTTP/1.1\r\nHost: x\r\n\r\nGET /hi HTTP/1.1\r\nHost: x\r\n\r\n");
        client.Socket.Shutdown(SocketShutdown.Send);
        Assert.Equal("late", await client.BodyAsync());
        Assert.Equal("hi", await client.BodyAsync());
        Assert.Equal(0, await client.Stream.ReadAsync(new byte[1], Token).Bounded());
    }

    [Fact]
    public async Task An_answer_that_takes_its_time_to_arrive_is_not_cut()
    {
        await using var server = await StartAsync();
        using var unsent = new Counted(server, "engineio.connections.unsent");
        using var client = await RawHttp.ConnectAsync(server, receiveBuffer: 4096);
        await client.SendAsync("GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
        client.Socket.Shutdown(SocketShutdown.Send);
        await Bounds.Until(() => unsent.Total > 0);
        _clock.Advance(TimeSpan.FromSeconds(11));
        _clock.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(LargeSize, (await client.BodyAsync()).Length);
        Assert.Equal(0, await client.Stream.ReadAsync(new byte[1], Token).Bounded());
    }

    [Fact]
    public async Task A_request_that_waits_longer_than_it_may_is_aborted()
    {
        var aborted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await StartAsync(aborted);
        using var client = await RawHttp.ConnectAsync(server);
        await client.SendAsync("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
        client.Socket.Shutdown(SocketShutdown.Send);
        await Bounds.Until(() =>
        {
            _clock.Advance(TimeSpan.FromSeconds(11));
            return aborted.Task.IsCompleted;
        });
    }

    [Fact]
    public async Task A_client_that_resets_aborts_its_request_at_once()
    {
        var aborted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await StartAsync(aborted);
        using (var client = await RawHttp.ConnectAsync(server))
        {
            await client.SendAsync("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
            client.Socket.LingerState = new LingerOption(true, 0);
        }

        await aborted.Task.Bounded();
    }

    [Fact]
    public async Task A_parked_poll_ends_at_once_and_its_session_with_it()
    {
        await using var server = await StartAsync();
        using var polling = server.Polling();
        await polling.OpenAsync();
        using var client = await RawHttp.ConnectAsync(server);
        await client.SendAsync($"GET {polling.Url} HTTP/1.1\r\nHost: x\r\n\r\n");
        await Bounds.Until(() => server.Engine.Find(polling.Sid)!.IsWritable);
        client.Socket.Shutdown(SocketShutdown.Send);
        await Bounds.Until(() => server.Engine.SessionCount == 0);

        // One that has ended its half before it is parked.
        await polling.OpenAsync();
        using var next = await RawHttp.ConnectAsync(server);
        await next.SendAsync($"GET {polling.Url} HTTP/1.1\r\nHost: x\r\n\r\n");
        next.Socket.Shutdown(SocketShutdown.Send);
        await Bounds.Until(() => server.Engine.SessionCount == 0);
    }

    [Fact]
    public async Task A_post_is_taken_and_answered()
    {
        await using var server = await StartAsync();
        using var polling = server.Polling();
        await polling.OpenAsync();
        using var client = await RawHttp.ConnectAsync(server);
        await client.SendAsync($"POST {polling.Url} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n40");
        client.Socket.Shutdown(SocketShutdown.Send);
        Assert.Equal("ok", await client.BodyAsync());
        Assert.StartsWith("40{", await polling.GetAsync(), StringComparison.Ordinal);
    }

    private Task<TestServer> StartAsync(TaskCompletionSource? aborted = null) => TestServer.StartAsync(
        build: builder => builder.Services.Configure<EpollOptions>(options => options.Clock = _clock),
        map: app =>
        {
            app.MapGet("/hi", (HttpContext http) => AnswerAsync(http, "hi"u8.ToArray()));
            app.MapGet("/large", (HttpContext http) => AnswerAsync(http, new byte[LargeSize]));
            app.MapGet("/after-end", async (HttpContext http) =>
            {
                var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                await using var ending = http.Features.Get<IDetachableConnection>()!.PeerClosed.Register(ended.SetResult);
                await ended.Task.Bounded();
                await AnswerAsync(http, "late"u8.ToArray());
            });
            app.MapGet("/wait", async (HttpContext http) =>
            {
                await using var aborting = http.RequestAborted.Register(() => aborted!.TrySetResult());
                await aborted!.Task;
            });
            app.MapSocketIO();
        },
        inlineSockets: true);

    private static async Task AnswerAsync(HttpContext http, byte[] body)
    {
        http.Response.ContentLength = body.Length;
        await http.Response.Body.WriteAsync(body, http.RequestAborted);
    }
}
