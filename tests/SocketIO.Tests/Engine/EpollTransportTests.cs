using System.Buffers;
using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using CsCheck;
using EngineIO.Epoll;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using SocketIO.Tests.Kit;
using TcpSocket = System.Net.Sockets.Socket;

namespace SocketIO.Tests.Engine;

/// <summary>HTTP, and the step from it to WebSocket, over the transport of our own; on other systems over Kestrel's, which must do the same.</summary>
public class EpollTransportTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_body_in_pieces_of_any_size_arrives_whole()
    {
        await using var server = await StartAsync();
        using var client = await RawHttp.ConnectAsync(server);
        var body = RandomNumberGenerator.GetBytes(1_500_000);
        await client.SendAsync($"POST /hash HTTP/1.1\r\nHost: x\r\nContent-Length: {body.Length}\r\n\r\n");
        for (int at = 0, size = 1; at < body.Length; at += size, size = (3 * size) + 1 > 200_000 ? 1 : (3 * size) + 1)
            await client.Stream.WriteAsync(body.AsMemory(at, Math.Min(size, body.Length - at)), Token);

        Assert.Equal($"{body.Length} {Convert.ToHexString(SHA256.HashData(body))}", await client.BodyAsync());
    }

    [Fact]
    public async Task A_body_that_nobody_consumes_before_its_end_is_kept_whole()
    {
        await using var server = await StartAsync();
        using var client = await RawHttp.ConnectAsync(server);
        var body = RandomNumberGenerator.GetBytes(300_000);
        await client.SendAsync($"POST /hoard HTTP/1.1\r\nHost: x\r\nContent-Length: {body.Length}\r\n\r\n");
        for (var at = 0; at < body.Length; at += 7_000)
            await client.Stream.WriteAsync(body.AsMemory(at, Math.Min(7_000, body.Length - at)), Token);

        Assert.Equal($"{body.Length} {Convert.ToHexString(SHA256.HashData(body))}", await client.BodyAsync());
    }

    [Fact]
    public async Task Requests_in_one_write_or_cut_anywhere_are_answered_in_their_order()
    {
        await using var server = await StartAsync();
        await Gen.Int[1, 60].Array[1, 8].SampleAsync(
            async sizes =>
            {
                using var client = await RawHttp.ConnectAsync(server);
                var requests = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 20).Select(i =>
                    $"POST /say HTTP/1.1\r\nHost: x\r\nContent-Length: {i.ToString(CultureInfo.InvariantCulture).Length}\r\n\r\n{i}")));
                var sending = Task.Run(
                    async () =>
                    {
                        for (int at = 0, turn = 0; at < requests.Length; at += sizes[turn++ % sizes.Length])
                            await client.Stream.WriteAsync(requests.AsMemory(at, Math.Min(sizes[turn % sizes.Length], requests.Length - at)), Token);
                    },
                    Token);
                for (var i = 0; i < 20; i++)
                    Assert.Equal($"{i}", await client.BodyAsync());
                await sending.Bounded();
            },
            iter: 20);
    }

    [Fact]
    public async Task An_answer_that_the_client_reads_late_waits_and_arrives_whole()
    {
        await using var server = await StartAsync();
        using var client = await RawHttp.ConnectAsync(server, receiveBuffer: 4096);
        await client.SendAsync("GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        // The connection of another, on the same loops, is served meanwhile.
        using var other = await RawHttp.ConnectAsync(server);
        await other.SendAsync("POST /say HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi");
        Assert.Equal("hi", await other.BodyAsync());

        var body = await client.BodyAsync();
        Assert.Equal(Large.Length, body.Length);
        Assert.Equal(Large, body);
        Assert.Equal(0, await client.Stream.ReadAsync(new byte[1], Token).Bounded());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_that_goes_away_aborts_the_request_that_waits(bool reset)
    {
        var aborted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // One that has ended its half only may wait for its answer, so that is limited in time.
        await using var server = await StartAsync(
            (began, aborted), builder => builder.Services.Configure<EpollOptions>(options => options.HalfCloseTimeout = TimeSpan.FromMilliseconds(50)));
        using (var client = await RawHttp.ConnectAsync(server))
        {
            await client.SendAsync("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
            await began.Task.Bounded();
            if (reset)
                client.Socket.LingerState = new LingerOption(true, 0);
        }

        await aborted.Task.Bounded();
    }

    [Fact]
    public async Task A_callback_that_fails_when_a_client_goes_away_costs_nobody_else_anything()
    {
        var ran = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await TestServer.StartAsync(map: app => app.MapGet("/", (HttpContext http) =>
        {
            var closed = http.Features.Get<IConnectionLifetimeFeature>()!.ConnectionClosed;
            closed.Register(() => ran.TrySetResult());
            closed.Register(() => throw new InvalidDataException("A callback of somebody's."));
            return AnswerAsync(http, "hi");
        }));
        server.AllowErrors = true;
        for (var i = 0; i < 2; i++)
        {
            using (var client = await RawHttp.ConnectAsync(server))
            {
                await client.SendAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
                Assert.Equal("hi", await client.BodyAsync());
            }

            await ran.Task.Bounded();
        }
    }

    [Fact]
    public async Task A_refusal_over_bytes_that_nobody_reads_ends_with_a_close_and_not_with_a_reset()
    {
        await using var server = await StartAsync();
        using var client = await RawHttp.ConnectAsync(server);
        await client.SendAsync($"NONSENSE\r\n\r\n{new string('x', 30_000)}");
        Assert.StartsWith("HTTP/1.1 400", await client.ReadUntilAsync("\r\n\r\n"), StringComparison.Ordinal);

        // A reset may cost other systems the answer that they have received.
        Assert.Equal(0, await client.Stream.ReadAsync(new byte[1], Token).Bounded());
    }

    [Fact]
    public async Task Frames_that_come_with_the_upgrade_request_are_handled_after_it()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await RawHttp.ConnectAsync(server);
        byte[] together =
        [
            .. "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"u8,
            .. "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"u8,
            .. RawWebSocket.Encode(Opcode.Text, "40"u8.ToArray()),
        ];
        await client.Stream.WriteAsync(together, Token);
        var received = await client.ReadUntilAsync("40{");
        Assert.StartsWith("HTTP/1.1 101", received, StringComparison.Ordinal);
        Assert.Contains("0{\"sid\"", received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_sends_without_a_pause_does_not_keep_others_from_their_turn()
    {
        await using var server = await TestServer.StartAsync(register: io => io.Of("/").On("x", (_, _) => default));
        var flood = RawWebSocket.Encode(Opcode.Text, Encoding.UTF8.GetBytes($"42[\"x\",\"{new string('x', 50_000)}\"]"));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await using var first = await server.ConnectAsync();
        await using var second = await server.ConnectAsync();
        var flooding = Task.WhenAll(new[] { first, second }.Select(async socket =>
        {
            while (!stop.IsCancellationRequested)
                await socket.Stream.WriteAsync(flood, Token);
        }));

        // One on each loop at the least.
        for (var i = 0; i < 2 * Environment.ProcessorCount; i++)
            await using (await server.ConnectAsync())
            {
            }

        await stop.CancelAsync();
        await flooding.Bounded();
    }

    [Fact]
    public async Task A_Unix_socket_is_served_too()
    {
        var path = Path.Combine(Path.GetTempPath(), $"epoll-{Guid.NewGuid():N}.sock");
        await using var server = await StartAsync(build: builder => builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(path)));
        using var socket = new TcpSocket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), Token).AsTask().Bounded();
        using var client = new RawHttp(socket);
        await client.SendAsync("POST /say HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi");
        Assert.Equal("hi", await client.BodyAsync());
        File.Delete(path);
    }

    private static string Large { get; } = string.Concat(Enumerable.Range(0, 400_000).Select(i => $"{i:D10}"));

    private static Task<TestServer> StartAsync(
        (TaskCompletionSource Began, TaskCompletionSource Aborted)? wait = null, Action<WebApplicationBuilder>? build = null) => TestServer.StartAsync(
        build: build,
        map: app =>
        {
            app.MapPost("/say", async (HttpContext http) =>
            {
                var text = await new StreamReader(http.Request.Body).ReadToEndAsync(Token);
                await AnswerAsync(http, text);
            });
            app.MapPost("/hash", async (HttpContext http) =>
            {
                using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
                long length = 0;
                bool completed;
                do
                {
                    var read = await http.Request.BodyReader.ReadAsync(http.RequestAborted);
                    foreach (var segment in read.Buffer)
                        hash.AppendData(segment.Span);
                    length += read.Buffer.Length;
                    completed = read.IsCompleted;
                    http.Request.BodyReader.AdvanceTo(read.Buffer.End);
                }
                while (!completed);

                await AnswerAsync(http, $"{length} {Convert.ToHexString(hash.GetHashAndReset())}");
            });
            app.MapPost("/hoard", async (HttpContext http) =>
            {
                while (true)
                {
                    var read = await http.Request.BodyReader.ReadAsync(http.RequestAborted);
                    if (read.IsCompleted)
                    {
                        var answer = $"{read.Buffer.Length} {Convert.ToHexString(SHA256.HashData(read.Buffer.ToArray()))}";
                        http.Request.BodyReader.AdvanceTo(read.Buffer.End);
                        await AnswerAsync(http, answer);
                        return;
                    }

                    http.Request.BodyReader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                }
            });
            app.MapGet("/large", (HttpContext http) => AnswerAsync(http, Large));
            app.MapGet("/wait", async (HttpContext http) =>
            {
                await using var aborting = http.RequestAborted.Register(() => wait!.Value.Aborted.TrySetResult());
                wait!.Value.Began.TrySetResult();
                await wait.Value.Aborted.Task;
            });
        });

    private static async Task AnswerAsync(HttpContext http, string text)
    {
        http.Response.ContentLength = text.Length;
        await http.Response.WriteAsync(text, Token);
    }
}
