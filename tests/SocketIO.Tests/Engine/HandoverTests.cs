using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SocketIO.Tests.Kit;

namespace SocketIO.Tests.Engine;

/// <summary>A WebSocket that leaves its request, and the web server, behind and goes on over the socket.</summary>
public class HandoverTests
{
    [Fact]
    public async Task The_request_ends_with_the_handshake_and_the_session_lives_on()
    {
        var ended = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await StartAsync(ended);

        await using var socket = await server.ConnectAsync();
        Assert.Equal(101, await ended.Task.Bounded());
        await socket.SendAsync("42[\"hello\",1]");
        await socket.ExpectAsync("42[\"hello\",1]");
        Assert.Equal(1, server.Engine.SessionCount);
    }

    [Fact]
    public async Task A_probing_WebSocket_leaves_its_request_too_and_completes_the_upgrade()
    {
        var ended = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await StartAsync(ended);
        using var client = server.Polling();
        await client.OpenAsync();

        await using var socket = await server.WebSocketAsync($"EIO=4&transport=websocket&sid={client.Sid}");
        Assert.Equal(101, await ended.Task.Bounded());
        await socket.SendAsync("2probe");
        await socket.ExpectAsync("3probe");
        await socket.SendAsync("5");
        await socket.SendAsync("40");
        Assert.StartsWith("40{", await socket.TextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_goes_away_ends_the_session()
    {
        await using var server = await StartAsync();
        await using (var socket = await server.ConnectAsync())
            socket.Abort();

        await Bounds.Until(() => server.Engine.SessionCount == 0);
    }

    [Fact]
    public async Task A_client_that_does_not_answer_the_close_frame_is_cut_off()
    {
        await using var server = await StartAsync(fakeClock: true);
        await using var socket = await server.ConnectAsync();

        await socket.SendAsync("42[\"out\"]");
        await socket.ExpectAsync("41");
        Assert.Equal(1000, await socket.ClosedAsync());
        var end = socket.Stream.ReadAsync(new byte[1], TestContext.Current.CancellationToken).AsTask();
        Assert.False(end.IsCompleted);
        await Bounds.Until(() =>
        {
            server.Clock!.Advance(TimeSpan.FromSeconds(5));
            return end.IsCompleted;
        });
    }

    [Fact]
    public async Task A_server_that_stops_closes_the_connection_itself()
    {
        await using var server = await StartAsync();
        await using var socket = await server.ConnectAsync();

        var stopped = server.StopAsync();
        Assert.Equal(1001, await socket.ClosedAsync());
        await socket.SendFrameAsync(Opcode.Close, [3, 233]);
        await stopped;
    }

    [Fact]
    public async Task A_server_that_stops_ends_a_session_whose_request_has_not_ended_yet()
    {
        var (answered, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var server = await TestServer.StartAsync(
            register: Echo,
            map: app =>
            {
                app.Use(async (http, next) =>
                {
                    await next(http);
                    answered.TrySetResult();
                    await go.Task;
                });
                app.MapSocketIO();
            },
            inlineSockets: true);
        await using var socket = await server.WebSocketAsync();
        await answered.Task.Bounded();

        var stopping = server.StopAsync();
        await Bounds.Until(() => server.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested);
        go.SetResult();
        Assert.Equal(1001, await socket.ClosedAsync());
        await socket.SendFrameAsync(Opcode.Close, [3, 233]);
        await stopping;
        Assert.Equal(0, server.Engine.SessionCount);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_that_leaves_without_having_read_all_leaves_nothing_behind(bool closeFrame)
    {
        await using var server = await StartTalkativeAsync(closeHandshakeTimeout: TimeSpan.FromMilliseconds(100));
        await using var socket = await BehindAsync(server);
        if (closeFrame)
            await socket.SendFrameAsync(Opcode.Close, [3, 232]);
        else
            socket.Stream.Socket.Shutdown(SocketShutdown.Send);

        await Bounds.Until(() => server.Engine.SessionCount == 0);
        // A server that stops waits for the sockets that it still has.
        await server.StopAsync();
    }

    [Fact]
    public async Task A_client_that_reads_late_finds_the_answer_to_its_close_frame_behind_the_rest()
    {
        await using var server = await StartTalkativeAsync(closeHandshakeTimeout: TimeSpan.FromMinutes(1));
        await using var socket = await BehindAsync(server);
        await socket.SendFrameAsync(Opcode.Close, [3, 232]);
        await Bounds.Until(() => server.Engine.SessionCount == 0);

        Assert.Equal(1000, await socket.ClosedAsync());
    }

    [Fact]
    public async Task What_a_handler_sets_for_itself_is_not_there_for_others_on_the_same_thread()
    {
        var tenant = new AsyncLocal<string?>();
        await using var server = await TestServer.StartAsync(register: io => io.Of("/")
            .On("set", (received, _) =>
            {
                tenant.Value = "somebody";
                received.Socket.Emit("set");
                return default;
            })
            .On("get", (received, _) =>
            {
                received.Socket.Emit("got", Encoding.UTF8.GetBytes($"\"{tenant.Value}\""));
                return default;
            }));
        await using var first = await server.ConnectAsync();
        await first.SendAsync("42[\"set\"]");
        await first.ExpectAsync("42[\"set\"]");

        // On each loop at least one.
        for (var i = 0; i < Environment.ProcessorCount; i++)
        {
            await using var next = await server.ConnectAsync();
            await next.SendAsync("42[\"get\"]");
            await next.ExpectAsync("42[\"got\",\"\"]");
        }
    }

    [Fact]
    public async Task HTTP_over_the_same_listener_keeps_its_connections()
    {
        await using var server = await StartAsync();
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, MaxConnectionsPerServer = 1 }) { BaseAddress = server.Address };

        for (var i = 0; i < 3; i++)
            Assert.StartsWith("0{", await http.GetStringAsync("/socket.io/?EIO=4&transport=polling", TestContext.Current.CancellationToken).Bounded(), StringComparison.Ordinal);
        Assert.Equal(3, server.Engine.SessionCount);
    }

    [Fact]
    public async Task Under_TLS_the_WebSocket_stays_in_its_request()
    {
        var ended = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var certificate = SelfSigned();
        await using var server = await TestServer.StartAsync(
            register: Echo,
            map: app => Observe(app, ended),
            inlineSockets: true,
            listen: listen => listen.UseHttps(certificate));
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, server.Port, TestContext.Current.CancellationToken).Bounded();
        await using var tls = new SslStream(tcp.GetStream(), false, (_, presented, _, _) => presented?.GetCertHashString() == certificate.GetCertHashString());
        await tls.AuthenticateAsClientAsync("localhost").Bounded();
        await tls.WriteAsync(Encoding.ASCII.GetBytes(
            "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"), TestContext.Current.CancellationToken);
        await ReadUntilAsync(tls, "0{");

        await tls.WriteAsync(RawWebSocket.Encode(Opcode.Text, "40"u8.ToArray()), TestContext.Current.CancellationToken);
        await ReadUntilAsync(tls, "40{");
        Assert.False(ended.Task.IsCompleted);
    }

    private static Task<TestServer> StartAsync(TaskCompletionSource<int>? ended = null, bool fakeClock = false) => TestServer.StartAsync(
        register: Echo,
        fakeClock: fakeClock,
        map: app => Observe(app, ended),
        inlineSockets: true);

    private static Task<TestServer> StartTalkativeAsync(TimeSpan closeHandshakeTimeout) => TestServer.StartAsync(
        options =>
        {
            options.Engine.MaxSendBufferBytes = 100_000_000;
            options.Engine.CloseHandshakeTimeout = closeHandshakeTimeout;
        },
        register: io => io.Of("/").On("much", (received, _) =>
        {
            for (var i = 0; i < 90; i++)
                received.Socket.Emit("x", Encoding.UTF8.GetBytes($"\"{new string('x', 100_000)}\""));
            return default;
        }),
        inlineSockets: true);

    /// <summary>A client that has been sent more than the system takes, and has read none of it.</summary>
    private static async Task<RawWebSocket> BehindAsync(TestServer server)
    {
        var socket = await RawWebSocket.ConnectAsync(server.Port, "/socket.io/?EIO=4&transport=websocket", receiveBuffer: 4096);
        await socket.SendAsync("40");
        await socket.TextAsync();
        await socket.TextAsync();
        await socket.SendAsync("42[\"much\"]");
        await Bounds.Until(() => socket.Stream.DataAvailable);
        return socket;
    }

    private static void Echo(ISocketIO io) => io.Of("/")
        .On("hello", (received, _) =>
        {
            received.Socket.Emit("hello", EventArguments.From(received));
            return default;
        })
        .On("out", (received, _) =>
        {
            received.Socket.Disconnect(close: true);
            return default;
        });

    private static void Observe(WebApplication app, TaskCompletionSource<int>? ended)
    {
        app.Use(async (http, next) =>
        {
            await next(http);
            if (http.WebSockets.IsWebSocketRequest || http.Response.StatusCode == 101)
                ended?.TrySetResult(http.Response.StatusCode);
        });
        app.MapSocketIO();
    }

    private static async Task ReadUntilAsync(Stream stream, string text)
    {
        var received = new StringBuilder();
        var buffer = new byte[4096];
        while (!received.ToString().Contains(text, StringComparison.Ordinal))
        {
            var count = await stream.ReadAsync(buffer, TestContext.Current.CancellationToken).AsTask().Bounded();
            Assert.NotEqual(0, count);
            received.Append(Encoding.Latin1.GetString(buffer, 0, count));
        }
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return request.CreateSelfSigned(DateTimeOffset.UnixEpoch.AddYears(50), DateTimeOffset.UnixEpoch.AddYears(120));
    }
}
