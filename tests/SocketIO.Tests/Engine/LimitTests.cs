using System.Diagnostics.Metrics;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using SocketIO.Tests.Kit;

namespace SocketIO.Tests.Engine;

/// <summary>The limits that no other test stands by, and what a limit looks like from outside: its reason, and its metric.</summary>
public class LimitTests
{
    private static byte[] Json(string json) => Encoding.UTF8.GetBytes(json);

    private static (Action<ISocketIO> Register, Task<DisconnectReason> Reason) Observed()
    {
        var reason = new TaskCompletionSource<DisconnectReason>(TaskCreationOptions.RunContinuationsAsynchronously);
        return (io => io.Of("/")
            .On("slow", (_, token) => new ValueTask(Task.Delay(Timeout.Infinite, token)))
            .OnDisconnected((_, why) =>
            {
                reason.SetResult(why);
                return default;
            }), reason.Task);
    }

    [Fact]
    public async Task Packets_waiting_for_a_client_are_limited_in_number()
    {
        var (register, reason) = Observed();
        await using var server = await TestServer.StartAsync(options => options.MaxSendBufferPackets = 20, register);
        using var client = server.Polling();
        await client.OpenAsync();
        await client.PostAsync("40");
        var sole = await ConnectedAsync(server);
        var queued = 0;
        while (sole.Emit("x"))
            queued++;
        // The answer to CONNECT waits too.
        Assert.Equal(19, queued);
        Assert.Equal(DisconnectReason.SendBufferFull, await reason.Bounded());
        Assert.Equal(HttpStatusCode.BadRequest, await client.StatusAsync());
    }

    [Fact]
    public async Task Draining_completes_when_half_of_the_buffer_is_free()
    {
        await using var server = await TestServer.StartAsync(options => options.MaxSendBufferBytes = 10_000);
        using var client = server.Polling();
        await client.OpenAsync();
        await client.PostAsync("40");
        var sole = await ConnectedAsync(server);
        await sole.DrainAsync(TestContext.Current.CancellationToken).Bounded();
        sole.Emit("x", Json($"\"{new string('x', 6000)}\""));
        var draining = sole.DrainAsync(TestContext.Current.CancellationToken).AsTask();
        Assert.False(draining.IsCompleted);
        await client.GetAsync();
        await draining.Bounded();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Bytes_of_events_that_wait_for_a_handler_are_limited(bool attached)
    {
        var (register, reason) = Observed();
        await using var server = await TestServer.StartAsync(options => options.MaxPendingEventBytes = 5000, register);
        await using var socket = await server.ConnectAsync();
        for (var i = 0; i < 4; i++)
        {
            await socket.SendAsync(attached ? "451-[\"slow\",{\"_placeholder\":true,\"num\":0}]" : $"42[\"slow\",\"{new string('x', 2000)}\"]");
            if (attached)
                await socket.SendAsync(new byte[2000]);
        }

        Assert.Equal(DisconnectReason.EventQueueFull, await reason.Bounded());
    }

    [Fact]
    public async Task A_write_that_does_not_get_through_ends_the_session_in_time()
    {
        var (register, reason) = Observed();
        await using var server = await TestServer.StartAsync(
            options =>
            {
                options.WriteTimeout = TimeSpan.FromSeconds(5);
                options.MaxSendBufferBytes = 100_000_000;
                options.CloseHandshakeTimeout = TimeSpan.FromSeconds(1);
            },
            register,
            fakeClock: true);
        await using var stalled = await RawWebSocket.ConnectAsync(server.Port, "/socket.io/?EIO=3&transport=websocket", receiveBuffer: 4096);
        var sole = await ConnectedAsync(server);
        sole.Emit("x", Json($"\"{new string('x', 30_000_000)}\""));
        server.Clock!.Advance(TimeSpan.FromSeconds(46));
        Assert.Contains(await reason.Bounded(), new[] { DisconnectReason.WriteTimeout, DisconnectReason.PingTimeout });
        server.Clock.Advance(TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task A_polling_client_that_does_not_fetch_its_close_is_forgotten()
    {
        await using var server = await TestServer.StartAsync(options => options.CloseTimeout = TimeSpan.FromSeconds(5), fakeClock: true);
        using var client = server.Polling();
        await client.OpenAsync();
        await client.PostAsync("40");
        var sole = await ConnectedAsync(server);
        sole.Disconnect(close: true);
        Assert.Equal(1, server.Engine.SessionCount);
        server.Clock!.Advance(TimeSpan.FromSeconds(7));
        Assert.Equal(0, server.Engine.SessionCount);
    }

    [Fact]
    public async Task Ends_are_counted_by_reason()
    {
        var seen = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await TestServer.StartAsync(options => options.MaxPayload = 777);
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, sender) =>
        {
            if (instrument.Name == "engineio.sessions.closed")
                sender.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) =>
        {
            if (tags[0].Value is "payload too large")
                seen.TrySetResult((string)tags[0].Value!);
        });
        listener.Start();
        await using var socket = await server.ConnectAsync();
        await socket.SendAsync(new string('4', 778));
        Assert.Equal("payload too large", await seen.Task.Bounded());
    }

    [Fact]
    public async Task Handlers_that_block_can_be_kept_off_the_reading_thread()
    {
        using var gate = new ManualResetEventSlim();
        await using var server = await TestServer.StartAsync(
            options => options.HandlerScheduling = HandlerScheduling.ThreadPool,
            io => io.Of("/").On("block", (received, token) =>
            {
                gate.Wait(token);
                received.Ack();
                return default;
            }));
        await using var socket = await server.ConnectAsync();
        await socket.SendAsync("421[\"block\"]");
        await socket.SendAsync("422[\"block\"]");
        await socket.SendFrameAsync(Opcode.Ping, []);
        Assert.Equal(Opcode.Pong, (await socket.FrameAsync())!.Opcode);
        gate.Set();
        await socket.ExpectAsync("431[]");
        await socket.ExpectAsync("432[]");
    }

    [Fact]
    public async Task The_handshake_says_what_the_first_request_said()
    {
        var seen = new TaskCompletionSource<Handshake>();
        await using var server = await TestServer.StartAsync(register: io => io.Of("/").Use((socket, _) =>
        {
            seen.SetResult(socket.Handshake);
            return default;
        }));
        await using var socket = await RawWebSocket.ConnectAsync(
            server.Port, "/socket.io/?EIO=4&transport=websocket&role=a&role=b%20c&Role=d&flag", "X-Custom: one:two\r\nOrigin: http://x\r\n");
        await socket.TextAsync();
        await socket.SendAsync("40");
        var handshake = await seen.Task.Bounded();
        Assert.Equal(("b c", "d", ""), (handshake.Query["role"], handshake.Query["Role"], handshake.Query["flag"]));
        Assert.Equal(("one:two", true, false), (handshake.Headers["x-custom"], handshake.CrossDomain, handshake.Secure));
        Assert.Equal("/socket.io/?EIO=4&transport=websocket&role=a&role=b%20c&Role=d&flag", handshake.Url);
        Assert.Equal(IPAddress.Loopback, handshake.Address);
        Assert.False(handshake.User.Identity!.IsAuthenticated);
    }

    [Fact]
    public async Task A_websocket_may_come_over_http_2()
    {
        await using var server = await TestServer.StartAsync(
            register: io => io.Of("/").On("echo", (received, _) =>
            {
                received.Socket.Emit("echo", EventArguments.From(received));
                return default;
            }),
            protocols: HttpProtocols.Http2);
        using var socket = new ClientWebSocket();
        socket.Options.HttpVersion = HttpVersion.Version20;
        socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        using var invoker = new HttpMessageInvoker(new SocketsHttpHandler { UseProxy = false });
        var token = TestContext.Current.CancellationToken;
        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{server.Port}/socket.io/?EIO=4&transport=websocket"), invoker, token).Bounded();
        Assert.StartsWith("0{", await ReceiveAsync(), StringComparison.Ordinal);
        await socket.SendAsync("40"u8.ToArray(), WebSocketMessageType.Text, true, token).Bounded();
        Assert.StartsWith("40{", await ReceiveAsync(), StringComparison.Ordinal);
        var text = $"42[\"echo\",\"{new string('x', 50_000)}\"]";
        await socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, token).Bounded();
        Assert.Equal(text, await ReceiveAsync());
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "", token).Bounded();
        await Bounds.Until(() => server.Engine.SessionCount == 0);

        async Task<string> ReceiveAsync()
        {
            var buffer = new byte[100_000];
            var filled = 0;
            while (true)
            {
                var received = await socket.ReceiveAsync(buffer.AsMemory(filled), token).AsTask().Bounded();
                filled += received.Count;
                if (received.EndOfMessage)
                    return Encoding.UTF8.GetString(buffer, 0, filled);
            }
        }
    }

    private static async Task<ISocket> ConnectedAsync(TestServer server)
    {
        await Bounds.Until(() => server.Io.Of("/").FetchSockets().Count == 1);
        return server.Io.Of("/").FetchSockets().Single();
    }
}
