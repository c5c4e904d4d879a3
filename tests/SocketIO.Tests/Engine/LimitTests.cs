using System.Net;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using SocketIO.MessagePack;
using SocketIO.Protocol;
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
            .On("slow", (received, _) => new ValueTask(Task.Delay(Timeout.Infinite, received.Socket.Closed)))
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
        await using var server = await TestServer.StartAsync(options => options.Engine.MaxSendBufferPackets = 20, register);
        using var closed = new Counted(server, "engineio.sessions.closed");
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
        Assert.Equal(1, closed["send buffer full"]);
        Assert.Equal(HttpStatusCode.BadRequest, await client.StatusAsync());
    }

    [Fact]
    public async Task Draining_completes_when_half_of_the_buffer_is_free()
    {
        await using var server = await TestServer.StartAsync(options => options.Engine.MaxSendBufferBytes = 10_000);
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
        using var ended = new Counted(server, "socketio.sockets.disconnected");
        await using var socket = await server.ConnectAsync();
        for (var i = 0; i < 4; i++)
        {
            await socket.SendAsync(attached ? "451-[\"slow\",{\"_placeholder\":true,\"num\":0}]" : $"42[\"slow\",\"{new string('x', 2000)}\"]");
            if (attached)
                await socket.SendAsync(new byte[2000]);
        }

        Assert.Equal(DisconnectReason.EventQueueFull, await reason.Bounded());
        Assert.Equal(1, ended["event queue full"]);
    }

    [Fact]
    public async Task A_write_that_does_not_get_through_ends_the_session_in_time()
    {
        var (register, reason) = Observed();
        await using var server = await TestServer.StartAsync(
            options =>
            {
                options.Engine.WriteTimeout = TimeSpan.FromSeconds(5);
                options.Engine.MaxSendBufferBytes = 100_000_000;
                options.Engine.CloseHandshakeTimeout = TimeSpan.FromSeconds(1);
            },
            register,
            fakeClock: true);
        using var closed = new Counted(server, "engineio.sessions.closed");
        await using var stalled = await RawWebSocket.ConnectAsync(server.Port, "/socket.io/?EIO=4&transport=websocket", receiveBuffer: 4096);
        await stalled.SendAsync("40");
        var sole = await ConnectedAsync(server);
        sole.Emit("x", Json($"\"{new string('x', 30_000_000)}\""));
        // When the heartbeat is due it is looked at, and long before that would be missed.
        server.Clock!.Advance(TimeSpan.FromSeconds(27));
        Assert.Equal(DisconnectReason.WriteTimeout, await reason.Bounded());
        Assert.Equal(1, closed["write timeout"]);
        server.Clock.Advance(TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task A_client_that_does_not_answer_the_close_is_cut_off()
    {
        var (register, reason) = Observed();
        await using var server = await TestServer.StartAsync(options => options.Engine.CloseHandshakeTimeout = TimeSpan.FromSeconds(3), register, fakeClock: true);
        await using var socket = await server.ConnectAsync();
        (await ConnectedAsync(server)).Disconnect(close: true);
        await socket.ExpectAsync("41");
        Assert.Equal(1000, await socket.ClosedAsync());
        Assert.Equal(DisconnectReason.ServerNamespaceDisconnect, await reason.Bounded());
        var end = socket.FrameAsync();
        Assert.False(end.IsCompleted);
        await Bounds.Until(() =>
        {
            // The wait begins on the thread that has written the close.
            server.Clock!.Advance(TimeSpan.FromSeconds(4));
            return end.IsCompleted;
        });
        Assert.Null(await end);
    }

    [Theory]
    [InlineData(false, "connect timeout")]
    [InlineData(true, "attachment timeout")]
    public async Task What_is_waited_for_in_vain_is_counted(bool attachments, string expected)
    {
        var (register, reason) = Observed();
        await using var server = await TestServer.StartAsync(
            options => options.ConnectTimeout = options.AttachmentTimeout = TimeSpan.FromSeconds(5), register, fakeClock: true);
        using var closed = new Counted(server, "engineio.sessions.closed");
        using var ended = new Counted(server, "socketio.sockets.disconnected");
        await using var socket = attachments ? await server.ConnectAsync() : await server.OpenAsync();
        if (attachments)
            await socket.SendAsync("451-[\"x\",{\"_placeholder\":true,\"num\":0}]");
        await socket.SendFrameAsync(Opcode.Ping, []);
        await socket.FrameAsync();
        server.Clock!.Advance(TimeSpan.FromSeconds(7));
        Assert.Equal(1000, await socket.ClosedAsync());
        Assert.Equal((1, 1), (closed[expected], closed.Total));
        if (attachments)
            Assert.Equal(DisconnectReason.AttachmentTimeout, await reason.Bounded());
        Assert.Equal(attachments ? 1 : 0, ended[expected]);
    }

    [Fact]
    public async Task A_body_over_the_limit_has_its_reason()
    {
        var (register, reason) = Observed();
        await using var server = await TestServer.StartAsync(options => options.Engine.MaxPayload = 500, register);
        using var closed = new Counted(server, "engineio.sessions.closed");
        using var client = server.Polling();
        await client.OpenAsync();
        await client.PostAsync("40");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await client.TryPostAsync(new string('4', 501))).Status);
        Assert.Equal(DisconnectReason.PayloadTooLarge, await reason.Bounded());
        Assert.Equal(1, closed["payload too large"]);
    }

    [Theory]
    [InlineData(2, false)]
    [InlineData(3, true)]
    public async Task Attachments_are_limited_in_number(int attachments, bool tooMany)
    {
        var (register, reason) = Observed();
        await using var server = await TestServer.StartAsync(options => options.MaxAttachments = 2, register);
        using var closed = new Counted(server, "engineio.sessions.closed");
        await using var socket = await server.ConnectAsync();
        await socket.SendAsync($"45{attachments}-[\"x\"]");
        if (!tooMany)
            await socket.SendAsync("1");
        Assert.Equal(tooMany ? DisconnectReason.ParseError : DisconnectReason.TransportClose, await reason.Bounded());
        Assert.Equal(tooMany ? 1 : 0, closed["parse error"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Names_that_clients_choose_for_namespaces_are_limited_in_length(bool messagePack)
    {
        var registered = "/" + new string('r', 40);
        var codec = messagePack ? MessagePackPacketCodec.Instance : PacketCodec.Json;
        await using var server = await TestServer.StartAsync(
            options =>
            {
                options.MaxNamespaceLength = 20;
                options.Codec = codec;
            },
            io =>
            {
                io.Of(registered);
                io.OfPattern(new("^/é"));
            });
        using var limits = new Counted(server, "socketio.limits.exceeded");
        await using var socket = await server.OpenAsync();
        var name = "/é" + new string('a', 17);
        foreach (var (asked, letIn) in new[] { (name, true), (name + "a", false), (registered, true) })
        {
            var request = codec.Encode(new OutgoingPacket(SocketPacketType.Connect, asked)).First;
            await socket.SendFrameAsync(messagePack ? Opcode.Binary : Opcode.Text, request.Payload.ToArray());
            var answer = (await socket.FrameAsync())!.Text;
            Assert.Contains(asked, answer, StringComparison.Ordinal);
            Assert.Equal((letIn, !letIn), (answer.Contains("sid", StringComparison.Ordinal), answer.Contains("Invalid namespace", StringComparison.Ordinal)));
        }

        Assert.Equal((1, 1), (limits["MaxNamespaceLength"], limits.Total));
    }

    [Fact]
    public async Task Handshakes_over_the_limit_are_counted()
    {
        await using var server = await TestServer.StartAsync(options => options.Engine.MaxSessions = 1);
        using var refused = new Counted(server, "engineio.requests.refused");
        await using var first = await server.OpenAsync();
        await using var second = await RawWebSocket.RequestAsync(server.Port, "/socket.io/?EIO=4&transport=websocket");
        Assert.Equal((503, 1), (second.Status, refused["4 Too many sessions"]));
    }

    [Fact]
    public async Task Requests_within_a_session_that_are_refused_are_counted_like_handshakes()
    {
        await using var server = await TestServer.StartAsync(options => options.Engine.AllowUpgrades = false);
        using var refused = new Counted(server, "engineio.requests.refused");
        using var client = server.Polling();
        await client.OpenAsync();
        await using var upgrade = await RawWebSocket.RequestAsync(server.Port, $"/socket.io/?EIO=4&transport=websocket&sid={client.Sid}");
        Assert.Equal((400, 1), (upgrade.Status, refused["3 Bad request"]));

        using var put = new HttpRequestMessage(HttpMethod.Put, new Uri(server.Address, $"/socket.io/?EIO=4&transport=polling&sid={client.Sid}"));
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var answer = await http.SendAsync(put, TestContext.Current.CancellationToken).Bounded();
        Assert.Equal((HttpStatusCode.BadRequest, 2), (answer.StatusCode, refused["3 Bad request"]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Sessions_that_join_nothing_do_not_take_the_place_of_others_without_limit(bool perAddress)
    {
        await using var server = await TestServer.StartAsync(
            options =>
            {
                (options.Engine.MaxPendingSessions, options.Engine.MaxPendingSessionsPerAddress) = perAddress ? (3, 2) : (2, 0);
                options.ConnectTimeout = TimeSpan.FromSeconds(5);
            },
            io =>
            {
                io.Of("/");
                io.Of("/closed").Use((_, _) => throw new ConnectRefusedException("no"));
            },
            fakeClock: true);
        using var refused = new Counted(server, "engineio.requests.refused");
        // Who has joined does not count, not even after it has left again.
        await using var joined = await server.ConnectAsync();
        await joined.SendAsync("41");
        await using var old = await server.OpenAsync(eio: 3);
        await old.ExpectAsync("40");
        using var polling = server.Polling();
        await polling.OpenAsync();
        await using var idle = await server.OpenAsync();
        await idle.SendAsync("40/closed,");
        await idle.ExpectAsync("44/closed,{\"message\":\"no\"}");
        Assert.Equal(2, server.Engine.PendingCount);

        await MustBeRefusedAsync();
        await polling.PostAsync("40");
        await using var next = await server.OpenAsync();
        await MustBeRefusedAsync();
        next.Abort();
        await Bounds.Until(() => server.Engine.PendingCount == 1);
        await using var last = await server.OpenAsync();
        server.Clock!.Advance(TimeSpan.FromSeconds(7));
        Assert.Equal((0, 3), (server.Engine.PendingCount, server.Engine.SessionCount));
        await using var after = await server.ConnectAsync();
        Assert.Equal(2, refused["4 Too many pending sessions"]);

        async Task MustBeRefusedAsync()
        {
            await using var extra = await RawWebSocket.RequestAsync(server.Port, "/socket.io/?EIO=4&transport=websocket");
            Assert.Equal(503, extra.Status);
        }
    }

    [Fact]
    public async Task Limits_that_refuse_and_end_nothing_are_counted_by_their_option()
    {
        await using var server = await TestServer.StartAsync(
            options =>
            {
                options.MaxNamespacesPerConnection = 2;
                options.MaxDynamicNamespaces = 1;
                options.MaxRoomsPerSocket = 1;
                options.MaxPendingAcks = 1;
            },
            io =>
            {
                io.Of("/");
                io.OfPattern(new("^/d-"));
            });
        using var limits = new Counted(server, "socketio.limits.exceeded");
        await using var socket = await server.ConnectAsync();
        await using var other = await server.ConnectAsync();
        await socket.SendAsync("40/d-1,");
        Assert.StartsWith("40/d-1,{", await socket.TextAsync(), StringComparison.Ordinal);
        await socket.SendAsync("40/d-2,");
        await socket.ExpectAsync("44/d-2,{\"message\":\"Too many namespaces\"}");
        await other.SendAsync("40/none,");
        await other.ExpectAsync("44/none,{\"message\":\"Invalid namespace\"}");
        await other.SendAsync("40/d-2,");
        await other.ExpectAsync("44/d-2,{\"message\":\"Invalid namespace\"}");
        var member = server.Io.Of("/").FetchSockets()[0];
        member.Join("a");
        Assert.Throws<InvalidOperationException>(() => member.Join("b"));
        _ = member.EmitWithAckAsync("ask", Json("1"), cancellationToken: TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<InvalidOperationException>(() => member.EmitWithAckAsync("ask", Json("1"), cancellationToken: TestContext.Current.CancellationToken));
        foreach (var option in new[] { "MaxNamespacesPerConnection", "MaxDynamicNamespaces", "MaxRoomsPerSocket", "MaxPendingAcks" })
            Assert.Equal(1, limits[option]);
    }

    [Fact]
    public async Task What_is_given_up_is_counted()
    {
        await using var server = await TestServer.StartAsync(fakeClock: true);
        using var dropped = new Counted(server, "socketio.packets.dropped");
        using var timeouts = new Counted(server, "socketio.acks.timeouts");
        using var client = server.Polling();
        await client.OpenAsync();
        await client.PostAsync("40");
        var sole = await ConnectedAsync(server);
        Assert.False(sole.EmitVolatile("x", new EventArguments()));
        var asking = sole.EmitWithAckAsync("ask", Json("1"), cancellationToken: TestContext.Current.CancellationToken);
        server.Clock!.Advance(TimeSpan.FromSeconds(11));
        await Assert.ThrowsAsync<TimeoutException>(() => asking).Bounded();
        Assert.Equal((1, 1), (dropped.Total, timeouts.Total));
    }

    [Fact]
    public async Task A_polling_client_that_does_not_fetch_its_close_is_forgotten()
    {
        await using var server = await TestServer.StartAsync(
            options =>
            {
                options.Engine.CloseTimeout = TimeSpan.FromSeconds(5);
                options.CloseDelay = TimeSpan.Zero;
            },
            fakeClock: true);
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

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_websocket_may_come_over_http_2(bool inlineSockets)
    {
        await using var server = await TestServer.StartAsync(
            register: io => io.Of("/").On("echo", (received, _) =>
            {
                received.Socket.Emit("echo", EventArguments.From(received));
                return default;
            }),
            protocols: HttpProtocols.Http2,
            inlineSockets: inlineSockets);
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
