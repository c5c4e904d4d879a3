using System.Text.Json;
using SocketIO.Recovery;
using SocketIO.Tests.Kit;

namespace SocketIO.Tests.Sockets;

public class ConnectTests
{
    [Fact]
    public async Task Auth_reaches_the_handshake_and_is_an_empty_object_when_absent()
    {
        await using var server = await TestServer.StartAsync(register: io => io.Of("/").OnConnected((socket, _) =>
        {
            socket.Emit("auth", System.Text.Encoding.UTF8.GetBytes(socket.Handshake.Auth.GetRawText()));
            return default;
        }));
        await using var without = await server.ConnectAsync();
        await without.ExpectAsync("42[\"auth\",{}]");
        await using var with = await server.ConnectAsync(auth: "{\"token\":\"123\"}");
        await with.ExpectAsync("42[\"auth\",{\"token\":\"123\"}]");
    }

    [Theory]
    [InlineData("{\"pid\":\"\\ud800\"}")]
    [InlineData("{\"\\ud800\":1,\"pid\":\"x\"}")]
    public async Task Auth_that_no_string_can_hold_is_refused_before_anyone_reads_it(string auth)
    {
        await using var server = await TestServer.StartAsync(
            options => options.Recovery = new MemoryRecoveryStore(TimeProvider.System),
            io => io.OfPattern(new("^/d-")));
        await using var socket = await server.OpenAsync();
        await socket.SendAsync($"40/d-1,{auth}");
        Assert.Equal(1000, await socket.ClosedAsync());
        Assert.Equal(0, server.Server.DynamicCount);
    }

    [Fact]
    public async Task An_unknown_namespace_is_refused_and_the_connection_stays()
    {
        await using var server = await TestServer.StartAsync();
        await using var socket = await server.OpenAsync();
        await socket.SendAsync("40/random");
        await socket.ExpectAsync("44/random,{\"message\":\"Invalid namespace\"}");
        await socket.SendAsync("40");
        Assert.StartsWith("40{\"sid\":", await socket.TextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_middleware_refuses_with_message_and_data()
    {
        await using var server = await TestServer.StartAsync(register: io => io.Of("/").Use((socket, _) =>
        {
            socket.Join("left behind");
            throw new ConnectRefusedException("not you", JsonElement.Parse("""{"code":"forbidden"}"""));
        }));
        await using var socket = await server.OpenAsync();
        await socket.SendAsync("40");
        await socket.ExpectAsync("44{\"message\":\"not you\",\"data\":{\"code\":\"forbidden\"}}");
        Assert.Equal(0, ((Namespace)server.Io.Of("/")).Rooms.RoomCount);

        await using var old = await server.OpenAsync(eio: 3);
        await old.ExpectAsync("44{\"code\":\"forbidden\"}");
    }

    [Fact]
    public async Task The_application_says_what_the_server_s_own_refusals_carry()
    {
        await using var server = await TestServer.StartAsync(
            options =>
            {
                options.MaxNamespacesPerConnection = 1;
                options.RefusalData = (refusal, message) => JsonElement.Parse($$"""{"code":"{{refusal}}","message":"{{message}}"}""");
            },
            io =>
            {
                io.Of("/");
                io.Of("/broken").Use((_, _) => throw new InvalidOperationException());
            });
        server.AllowErrors = true;
        await using var socket = await server.OpenAsync();
        var deep = new string('[', 2_000) + new string(']', 2_000);
        foreach (var (connect, refusal, message) in new[]
        {
            ("/,{\"a\":" + deep + "}", "AuthTooDeep", "The auth is nested too deep."),
            ("/random,", "InvalidNamespace", "Invalid namespace"),
            ("/broken,", "MiddlewareFailed", "Internal error"),
            ("/", "", ""),
            ("/broken,", "TooManyNamespaces", "Too many namespaces"),
        })
        {
            await socket.SendAsync("40" + connect);
            var ns = connect.Split(',')[0] is var name and not "/" ? name + "," : "";
            if (refusal.Length == 0)
                Assert.StartsWith("40{", await socket.TextAsync(), StringComparison.Ordinal);
            else
                await socket.ExpectAsync($$$"""44{{{ns}}}{"message":"{{{message}}}","data":{"code":"{{{refusal}}}","message":"{{{message}}}"}}""");
        }
    }

    [Fact]
    public async Task An_application_that_cannot_say_it_refuses_without_data()
    {
        await using var server = await TestServer.StartAsync(options => options.RefusalData = (_, _) => throw new InvalidOperationException());
        server.AllowErrors = true;
        await using var socket = await server.OpenAsync();
        await socket.SendAsync("40/random,");
        await socket.ExpectAsync("44/random,{\"message\":\"Invalid namespace\"}");
        await socket.SendAsync("40");
        Assert.StartsWith("40{", await socket.TextAsync(), StringComparison.Ordinal);
    }

    /// <summary>What comes before the answer waits for it, and nothing is handled of a client that was not let in: node's server ends the connection at such an event.</summary>
    [Theory]
    [InlineData("41")]
    [InlineData("1")]
    public async Task Of_a_client_that_leaves_before_its_connect_is_answered_nothing_is_handled(string leave)
    {
        var entered = new TaskCompletionSource<ISocket>(TaskCreationOptions.RunContinuationsAsynchronously);
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var handled = 0;
        await using var server = await TestServer.StartAsync(register: io =>
        {
            io.Of("/slow")
                .Use(async (socket, token) =>
                {
                    await using var leaving = token.Register(left.SetResult);
                    entered.SetResult(socket);
                    await left.Task;
                    over.SetResult();
                })
                .OnConnected((_, _) =>
                {
                    handled++;
                    return default;
                })
                .On("x", (_, _) =>
                {
                    handled++;
                    return default;
                })
                .OnDisconnected((_, _) =>
                {
                    handled++;
                    return default;
                });
            io.Of("/");
        });
        using var connected = new Counted(server, "socketio.sockets.connected");
        await using var socket = await server.OpenAsync();
        var packets = new[] { "40/slow,", "42/slow,[\"x\",1]", "42/slow,[\"x\",2]", leave == "41" ? "41/slow," : leave };
        await socket.WriteAsync([.. packets.SelectMany(packet => RawWebSocket.Encode(Opcode.Text, System.Text.Encoding.UTF8.GetBytes(packet)))]);
        await over.Task.Bounded();
        Assert.False((await entered.Task).Connected);
        if (leave == "41")
        {
            // The connection goes on, and other namespaces with it.
            await socket.SendAsync("40");
            Assert.StartsWith("40{", await socket.TextAsync(), StringComparison.Ordinal);
        }

        Assert.Equal(leave == "41" ? 1 : 0, connected.Total);
        Assert.Equal(0, handled);
    }

    /// <summary>A client that is let in while it waits: what it sent before the answer is handled, in order.</summary>
    [Fact]
    public async Task Events_that_come_before_the_answer_are_handled_after_it()
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await TestServer.StartAsync(register: io => io.Of("/")
            .Use((_, token) => new ValueTask(go.Task.WaitAsync(token)))
            .On("x", (received, _) =>
            {
                received.Ack("1"u8.ToArray());
                return default;
            }));
        await using var socket = await server.OpenAsync();
        await socket.WriteAsync([.. new[] { "40", "421[\"x\"]", "422[\"x\"]" }.SelectMany(packet => RawWebSocket.Encode(Opcode.Text, System.Text.Encoding.UTF8.GetBytes(packet)))]);
        await socket.SendFrameAsync(Opcode.Ping, []);
        Assert.Equal(Opcode.Pong, (await socket.FrameAsync())!.Opcode);
        go.SetResult();
        Assert.StartsWith("40{", await socket.TextAsync(), StringComparison.Ordinal);
        await socket.ExpectAsync("431[1]");
        await socket.ExpectAsync("432[1]");
    }

    [Fact]
    public async Task A_middleware_that_breaks_tells_the_client_nothing()
    {
        await using var server = await TestServer.StartAsync(register: io => io.Of("/").Use((_, _) => throw new InvalidOperationException("secret")));
        server.AllowErrors = true;
        await using var socket = await server.OpenAsync();
        await socket.SendAsync("40");
        await socket.ExpectAsync("44{\"message\":\"Internal error\"}");
    }

    [Fact]
    public async Task Middlewares_run_in_order_and_a_client_that_leaves_meanwhile_is_forgotten()
    {
        var entered = new TaskCompletionSource();
        var cancelled = new TaskCompletionSource();
        var connected = false;
        await using var server = await TestServer.StartAsync(register: io => io.Of("/")
            .Use(async (socket, token) =>
            {
                entered.SetResult();
                await using var registration = token.Register(cancelled.SetResult);
                await cancelled.Task;
                socket.Join("room");
            })
            .OnConnected((_, _) =>
            {
                connected = true;
                return default;
            }));
        await using (var socket = await server.OpenAsync())
        {
            await socket.SendAsync("40");
            await entered.Task.Bounded();
            socket.Abort();
        }

        await cancelled.Task.Bounded();
        await Bounds.Until(() => server.Engine.SessionCount == 0);
        var ns = (Namespace)server.Io.Of("/");
        Assert.Equal((0, 0, false), (ns.Rooms.SocketCount, ns.Rooms.RoomCount, connected));
    }

    [Fact]
    public async Task A_middleware_that_hangs_ends_with_the_connect_timeout()
    {
        await using var server = await TestServer.StartAsync(
            options => options.ConnectTimeout = TimeSpan.FromSeconds(5),
            io => io.Of("/").Use((_, token) => new ValueTask(Task.Delay(Timeout.Infinite, token))),
            fakeClock: true);
        await using var socket = await server.OpenAsync();
        await socket.SendAsync("40");
        await socket.SendFrameAsync(Opcode.Ping, []);
        await socket.FrameAsync();
        server.Clock!.Advance(TimeSpan.FromSeconds(7));
        Assert.Equal(1000, await socket.ClosedAsync());
    }

    [Fact]
    public async Task A_client_that_is_refused_again_and_again_has_no_more_time_than_another()
    {
        await using var server = await TestServer.StartAsync(
            options => options.ConnectTimeout = TimeSpan.FromSeconds(5),
            io => io.Of("/").Use((_, _) => throw new ConnectRefusedException("no")),
            fakeClock: true);
        using var closed = new Counted(server, "engineio.sessions.closed");
        await using var socket = await server.OpenAsync();
        foreach (var seconds in new[] { 3, 4 })
        {
            await socket.SendAsync("40");
            await socket.ExpectAsync("44{\"message\":\"no\"}");
            server.Clock!.Advance(TimeSpan.FromSeconds(seconds));
        }

        Assert.Equal(1000, await socket.ClosedAsync());
        Assert.Equal(1, closed["connect timeout"]);
    }

    [Theory]
    [InlineData("4abc")]
    [InlineData("42{}")]
    [InlineData("42abc[\"x\"]")]
    [InlineData("42[]")]
    [InlineData("42[\"x\"")]
    [InlineData("42[\"x\"]]")]
    [InlineData("42[\"connect\"]")]
    [InlineData("42[\"disconnecting\"]")]
    [InlineData("42")]
    [InlineData("43[1]")]
    [InlineData("431{}")]
    [InlineData("4299999999999999999999999[\"x\"]")]
    [InlineData("41{}")]
    [InlineData("44{}")]
    [InlineData("40")]
    [InlineData("40[]")]
    [InlineData("47")]
    [InlineData("4")]
    [InlineData("451-[\"x\",{\"_placeholder\":true,\"num\":1}]")]
    [InlineData("451-[\"x\",{\"num\":-1,\"_placeholder\":true}]")]
    [InlineData("4511-[\"x\"]")]
    [InlineData("45-[\"x\"]")]
    [InlineData("45x-[\"x\"]")]
    [InlineData("42/other,[\"x\"]")]
    [InlineData("41/other")]
    [InlineData("43/other,1[]")]
    public async Task A_packet_against_the_protocol_closes_the_connection(string packet)
    {
        await using var server = await TestServer.StartAsync();
        await using var socket = await server.ConnectAsync();
        await socket.SendAsync(packet);
        Assert.Equal(1000, await socket.ClosedAsync());
        await Bounds.Until(() => server.Engine.SessionCount == 0 && server.Io.Of("/").SocketCount == 0);
    }

    [Fact]
    public async Task Text_between_attachments_closes_the_connection_and_so_does_binary_without_a_header()
    {
        await using var server = await TestServer.StartAsync();
        await using var first = await server.ConnectAsync();
        await first.SendAsync("451-[\"x\",{\"_placeholder\":true,\"num\":0}]");
        await first.SendAsync("42[\"x\"]");
        Assert.Equal(1000, await first.ClosedAsync());
        await using var second = await server.ConnectAsync();
        await second.SendAsync([1, 2, 3]);
        Assert.Equal(1000, await second.ClosedAsync());
    }

    [Fact]
    public async Task Attachments_count_together_against_the_payload_limit()
    {
        await using var server = await TestServer.StartAsync(options => options.Engine.MaxPayload = 1000);
        await using var socket = await server.ConnectAsync();
        await socket.SendAsync("452-[\"x\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]");
        await socket.SendAsync(new byte[600]);
        await socket.SendAsync(new byte[600]);
        Assert.Equal(1000, await socket.ClosedAsync());
    }

    [Fact]
    public async Task Attachments_that_do_not_come_end_the_connection()
    {
        await using var server = await TestServer.StartAsync(options => options.AttachmentTimeout = TimeSpan.FromSeconds(5), fakeClock: true);
        await using var socket = await server.ConnectAsync();
        await socket.SendAsync("451-[\"x\",{\"_placeholder\":true,\"num\":0}]");
        await socket.SendFrameAsync(Opcode.Ping, []);
        await socket.FrameAsync();
        server.Clock!.Advance(TimeSpan.FromSeconds(7));
        Assert.Equal(1000, await socket.ClosedAsync());
    }

    [Fact]
    public async Task Attachments_that_come_do_not_prolong_the_wait_for_a_middleware()
    {
        await using var server = await TestServer.StartAsync(
            options => options.ConnectTimeout = options.AttachmentTimeout = TimeSpan.FromSeconds(5),
            io =>
            {
                io.Of("/").On("x", (received, _) =>
                {
                    received.Ack();
                    return default;
                });
                io.Of("/slow").Use((_, token) => new ValueTask(Task.Delay(Timeout.Infinite, token)));
            },
            fakeClock: true);
        using var closed = new Counted(server, "engineio.sessions.closed");
        await using var socket = await server.ConnectAsync();
        await socket.SendAsync("40/slow,");
        await socket.SendFrameAsync(Opcode.Ping, []);
        await socket.FrameAsync();
        server.Clock!.Advance(TimeSpan.FromSeconds(3));
        await socket.SendAsync("451-1[\"x\",{\"_placeholder\":true,\"num\":0}]");
        await socket.SendAsync([1]);
        await socket.ExpectAsync("431[]");
        server.Clock.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(1000, await socket.ClosedAsync());
        Assert.Equal(1, closed["connect timeout"]);
    }

    [Fact]
    public async Task Namespaces_of_one_connection_are_limited()
    {
        await using var server = await TestServer.StartAsync(
            options => options.MaxNamespacesPerConnection = 2,
            io =>
            {
                io.Of("/");
                io.Of("/a");
                io.Of("/b");
            });
        await using var socket = await server.ConnectAsync();
        await socket.SendAsync("40/a,");
        Assert.StartsWith("40/a,{", await socket.TextAsync(), StringComparison.Ordinal);
        await socket.SendAsync("40/b,");
        await socket.ExpectAsync("44/b,{\"message\":\"Too many namespaces\"}");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_that_connects_again_and_again_is_closed(bool refused)
    {
        var asked = 0;
        await using var server = await TestServer.StartAsync(
            register: io =>
            {
                io.Of("/");
                io.Of("/a").Use((_, _) =>
                {
                    asked++;
                    if (refused)
                        throw new ConnectRefusedException("no");
                    return default;
                });
            },
            fakeClock: true);
        using var limits = new Counted(server, "socketio.limits.exceeded");
        using var disconnected = new Counted(server, "socketio.sockets.disconnected");
        await using var socket = await server.ConnectAsync();
        var connect = RawWebSocket.Encode(Opcode.Text, "40/a,"u8.ToArray());
        var leave = refused ? [] : RawWebSocket.Encode(Opcode.Text, "41/a,"u8.ToArray());
        byte[] attempt = [.. connect, .. leave];
        var attempts = Enumerable.Repeat(attempt, 2000).SelectMany(bytes => bytes);
        await socket.WriteAsync([.. attempts]);
        Assert.Equal(1000, await socket.ClosedAsync());
        Assert.InRange(asked, 16, 64);
        Assert.Equal(1, limits["MaxConnects"]);
        await Bounds.Until(() => disconnected["too many connects"] == 1);
    }

    [Fact]
    public async Task Who_connects_now_and_then_is_welcome()
    {
        await using var server = await TestServer.StartAsync(
            register: io =>
            {
                io.Of("/");
                io.Of("/a").Use((_, _) => throw new ConnectRefusedException("no"));
            },
            fakeClock: true);
        await using var socket = await server.ConnectAsync();
        for (var i = 0; i < 100; i++)
        {
            await socket.SendAsync("40/a,");
            string text;
            while ((text = await socket.TextAsync()) == "2")
                await socket.SendAsync("3");
            Assert.Equal("44/a,{\"message\":\"no\"}", text);
            server.Clock!.Advance(TimeSpan.FromSeconds(1));
        }
    }

    [Fact]
    public async Task Namespaces_by_pattern_come_and_go_with_their_clients()
    {
        await using var server = await TestServer.StartAsync(
            options => options.MaxDynamicNamespaces = 2,
            io => io.OfPattern(new("^/room-[0-9]+$")).On("who", (received, _) =>
            {
                received.Socket.Namespace.Emit("here", System.Text.Encoding.UTF8.GetBytes($"\"{received.Socket.Namespace.Name}\""));
                return default;
            }));
        await using var one = await server.ConnectAsync("/room-1");
        await using var two = await server.ConnectAsync("/room-2");
        await one.SendAsync("42/room-1,[\"who\"]");
        await one.ExpectAsync("42/room-1,[\"here\",\"/room-1\"]");
        await one.SendAsync("40/room-3,");
        await one.ExpectAsync("44/room-3,{\"message\":\"Invalid namespace\"}");
        await one.SendAsync("40/other,");
        await one.ExpectAsync("44/other,{\"message\":\"Invalid namespace\"}");
        await one.SendAsync("41/room-1");
        await Bounds.Until(() => server.Server.DynamicCount == 1);
        await one.SendAsync("40/room-3,");
        Assert.StartsWith("40/room-3,{", await one.TextAsync(), StringComparison.Ordinal);
        one.Abort();
        await two.SendAsync("1");
        await Bounds.Until(() => server.Server.DynamicCount == 0);
    }

    [Fact]
    public async Task A_client_of_protocol_4_is_in_the_main_namespace_at_once_and_finds_its_query_in_another()
    {
        await using var server = await TestServer.StartAsync(register: io =>
        {
            io.Of("/");
            io.Of("/custom").OnConnected((socket, _) =>
            {
                socket.Emit("hello", System.Text.Encoding.UTF8.GetBytes($"[\"{socket.Id}\",\"{socket.Handshake.Query["a"]}\",{socket.Handshake.Auth.GetRawText()}]"));
                return default;
            });
        });
        using var client = server.Polling(eio: 3);
        var body = await client.OpenAsync();
        Assert.EndsWith("2:40", body, StringComparison.Ordinal);
        await client.PostAsync("20:40/custom?a=b&c=%20d");
        var hello = $"42/custom,[\"hello\",[\"/custom#{client.Sid}\",\"b\",{{\"a\":\"b\",\"c\":\" d\"}}]]";
        Assert.Equal($"10:40/custom,{hello.Length}:{hello}", await client.GetAsync());
        await client.PostAsync("6:40/nah");
        Assert.Equal("26:44/nah,\"Invalid namespace\"", await client.GetAsync());
    }

    [Fact]
    public async Task Handlers_cannot_be_added_once_clients_have_come()
    {
        await using var server = await TestServer.StartAsync();
        await using var socket = await server.ConnectAsync();
        Assert.Throws<InvalidOperationException>(() => server.Io.Of("/").On("late", (_, _) => default));
        Assert.Throws<InvalidOperationException>(() => server.Io.Of("/late"));
        Assert.Throws<ArgumentException>(() => server.Io.Of("noslash"));
    }

    [Fact]
    public void Faulty_options_are_all_named()
    {
        var faults = new SocketIOOptions
        {
            Engine =
            {
                PingInterval = TimeSpan.Zero, MaxPayload = 0, Transports = 0, MaxSessions = 0, MaxSendBufferBytes = 0, MaxSendBufferPackets = 0,
                MaxSessionsPerAddress = -1, MaxPendingSessions = -1, MaxPendingSessionsPerAddress = -1,
                ShutdownSpread = TimeSpan.FromDays(1),
            },
            MaxAttachments = -1, MaxLeftEventBytes = -1, MaxDepth = 0, MaxConnects = 0, MaxNamespaceLength = 0,
            CloseDelay = TimeSpan.FromMinutes(1),
        }.Validate().ToList();
        Assert.Equal(16, faults.Count);
        Assert.Contains(faults, fault => fault.StartsWith("Engine.PingInterval must", StringComparison.Ordinal));
        Assert.Empty(new SocketIOOptions().Validate());
    }
}
