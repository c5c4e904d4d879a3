using System.Collections.Concurrent;
using System.Text;
using SocketIO.Tests.Kit;

namespace SocketIO.Tests.Sockets;

/// <summary>What a client sent before it left is handled, in order and to the end, however it left.</summary>
public class LeavingTests
{
    private static readonly byte[] Left41 = RawWebSocket.Encode(Opcode.Text, "41"u8.ToArray());
    private static readonly byte[] LeftByPacket = RawWebSocket.Encode(Opcode.Text, "1"u8.ToArray());
    private static readonly byte[] LeftByFrame = RawWebSocket.Encode(Opcode.Close, [0x03, 0xe8]);

    /// <summary>Handlers that go on only after the server has noticed that the client is gone.</summary>
    private sealed class Scene
    {
        private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Disconnected { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ConcurrentQueue<string> Stored { get; } = [];

        public void Register(ISocketIO io) => io.Of("/")
            .OnDisconnecting((_, _) => _left.SetResult())
            .OnDisconnected((_, _) =>
            {
                Disconnected.SetResult();
                return default;
            })
            .On("store", async (received, token) =>
            {
                await _left.Task.WaitAsync(token);
                token.ThrowIfCancellationRequested();
                Stored.Enqueue(received.Arguments[0].GetRawText());
                received.Ack("1"u8.ToArray());
            });

        public async Task VerifyAsync()
        {
            await Disconnected.Task.Bounded();
            Assert.Equal(["1", "2", "3"], Stored);
        }
    }

    private static byte[] Send(int number) => RawWebSocket.Encode(Opcode.Text, Encoding.UTF8.GetBytes($"42{number}[\"store\",{number}]"));

    [Theory]
    [InlineData("41")]
    [InlineData("1")]
    [InlineData("close frame")]
    [InlineData("FIN")]
    [InlineData("RST")]
    public async Task Events_in_one_segment_with_the_leave_are_all_handled(string leave)
    {
        Assert.SkipWhen(
            leave == "RST" && Environment.GetEnvironmentVariable("PLAIN_SOCKETS") == "1",
            "Kestrel's own sockets give up what they have not read when the peer resets.");
        var scene = new Scene();
        await using var server = await TestServer.StartAsync(register: scene.Register);
        await using var socket = await server.ConnectAsync();
        byte[] goodbye = leave switch { "41" => Left41, "1" => LeftByPacket, "close frame" => LeftByFrame, _ => [] };
        await socket.WriteAsync([.. Send(1), .. Send(2), .. Send(3), .. goodbye]);
        if (leave == "FIN")
            socket.EndSending();
        if (leave == "RST")
            socket.Abort();
        await scene.VerifyAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Events_that_the_server_reads_after_the_connection_was_reset_are_handled(bool resets)
    {
        var scene = new Scene();
        using var free = new ManualResetEventSlim();
        using var kept = new CountdownEvent(Environment.ProcessorCount);
        await using var server = await TestServer.StartAsync(
            register: io =>
            {
                scene.Register(io);
                io.Of("/busy").On("keep", (_, token) =>
                {
                    kept.Signal();
                    free.Wait(token);
                    return default;
                });
            },
            inlineSockets: true);
        await using var socket = await server.ConnectAsync();
        var others = new List<RawWebSocket>();
        for (var i = 0; i < Environment.ProcessorCount; i++)
            others.Add(await server.ConnectAsync("/busy"));
        foreach (var other in others)
            await other.SendAsync("42/busy,[\"keep\"]");
        Assert.True(kept.Wait(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken));
        await socket.WriteAsync([.. Send(1), .. Send(2), .. Send(3)]);
        if (resets)
            socket.Abort();
        else
            socket.EndSending();
        free.Set();
        await scene.VerifyAsync();
        foreach (var other in others)
            await other.DisposeAsync();
    }

    /// <summary>The client is gone, and an emit finds out before its last events have been read: they are in the kernel, or in the web server's pipe.</summary>
    [Theory]
    [InlineData("FIN")]
    [InlineData("RST")]
    public async Task Events_that_are_read_after_an_emit_has_found_the_client_gone_are_handled(string leave)
    {
        Assert.SkipWhen(
            leave == "RST" && Environment.GetEnvironmentVariable("PLAIN_SOCKETS") == "1",
            "Kestrel's own sockets give up what they have not read when the peer resets.");
        var scene = new Scene();
        var keeping = new TaskCompletionSource<ISocket>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var free = new ManualResetEventSlim();
        await using var server = await TestServer.StartAsync(register: io =>
        {
            scene.Register(io);
            io.Of("/").On("keep", (received, token) =>
            {
                // Nothing more of this connection is read meanwhile.
                keeping.SetResult(received.Socket);
                free.Wait(token);
                return default;
            });
        });
        using var closed = new Counted(server, "engineio.sessions.closed");
        await using (var client = await server.ConnectAsync())
        {
            await client.SendAsync("42[\"keep\"]");
            var kept = await keeping.Task.Bounded();
            await client.WriteAsync([.. Send(1), .. Send(2), .. Send(3)]);
            if (leave == "RST")
                client.Abort();
            else
                await client.DisposeAsync();
            await Bounds.Until(() =>
            {
                // Other emits wait for the handler.
                kept.EmitVolatile("tick", default(ReadOnlyMemory<byte>));
                return !((Socket)kept).Session.IsOpen;
            });
            Assert.False(kept.Emit("tick"));
        }

        free.Set();
        await scene.VerifyAsync();
        Assert.Equal((1, 1), (closed["transport error"], closed.Total));
    }

    [Fact]
    public async Task Events_in_one_post_with_the_leave_are_all_handled()
    {
        var scene = new Scene();
        await using var server = await TestServer.StartAsync(register: scene.Register);
        using var client = server.Polling();
        await client.OpenAsync();
        await client.PostAsync("40");
        await client.GetAsync();
        await client.PostAsync("42[\"store\",1]\x1e" + "42[\"store\",2]\x1e" + "42[\"store\",3]\x1e" + "41");
        await scene.VerifyAsync();
    }

    [Fact]
    public async Task Events_that_wait_for_the_connected_handler_are_handled_though_the_client_has_left()
    {
        var scene = new Scene();
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var ready = false;
        await using var server = await TestServer.StartAsync(register: io =>
        {
            scene.Register(io);
            io.Of("/").OnConnected(async (_, token) =>
            {
                await go.Task.WaitAsync(token);
                ready = true;
            });
        });
        await using var socket = await server.ConnectAsync();
        await socket.WriteAsync([.. Send(1), .. Send(2), .. Send(3), .. LeftByPacket]);
        await Bounds.Until(() => server.Engine.SessionCount == 0);
        go.SetResult();
        await scene.VerifyAsync();
        Assert.True(ready);
    }

    [Fact]
    public async Task Events_that_were_received_are_handled_though_the_server_has_ended_the_socket()
    {
        var scene = new Scene();
        await using var server = await TestServer.StartAsync(register: scene.Register);
        await using var socket = await server.ConnectAsync();
        await socket.WriteAsync([.. Send(1), .. Send(2), .. Send(3)]);
        await socket.SendFrameAsync(Opcode.Ping, []);
        Assert.Equal(Opcode.Pong, (await socket.FrameAsync())!.Opcode);
        server.Io.Of("/").DisconnectSockets(close: true);
        await scene.VerifyAsync();
    }

    [Fact]
    public async Task What_ended_sockets_leave_to_be_handled_is_limited()
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var handled = new ConcurrentQueue<string>();
        await using var server = await TestServer.StartAsync(options => options.MaxLeftEventBytes = 1000, io => io.Of("/").On("x", async (received, token) =>
        {
            await go.Task.WaitAsync(token);
            handled.Enqueue(received.Arguments[0].GetRawText());
        }));
        using var limits = new Counted(server, "socketio.limits.exceeded");

        // Two that wait are under the limit, two more are over it, and what is in the handler counts for nothing.
        foreach (var (first, count) in new[] { (1, 3), (4, 3), (7, 1) })
        {
            await using var socket = await server.ConnectAsync();
            await socket.WriteAsync([.. Enumerable.Range(first, count).SelectMany(number =>
                RawWebSocket.Encode(Opcode.Text, Encoding.UTF8.GetBytes($"42[\"x\",{number}]"))), .. LeftByPacket]);
            await socket.ClosedAsync();
            await Bounds.Until(() => server.Server.Running.LeftBytes > 500 && (first == 1 || limits["MaxLeftEventBytes"] == 1));
        }

        go.SetResult();
        await Bounds.Until(() => handled.Count == 5);
        Assert.Equal(["1", "2", "3", "4", "7"], handled.Order(StringComparer.Ordinal));

        // They have been handled, so there is room again.
        await using var again = await server.ConnectAsync();
        await again.WriteAsync([.. RawWebSocket.Encode(Opcode.Text, "42[\"x\",8]"u8.ToArray()), .. RawWebSocket.Encode(Opcode.Text, "42[\"x\",9]"u8.ToArray()), .. LeftByPacket]);
        await Bounds.Until(() => handled.Count == 7);
        await Bounds.Until(() => server.Server.Running.LeftBytes == 0);
        Assert.Equal(1, limits.Total);
    }

    [Fact]
    public async Task A_handler_that_waits_for_a_client_that_leaves_is_no_error()
    {
        var asking = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var disconnected = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await TestServer.StartAsync(register: io => io.Of("/")
            .On("ask", async (received, token) =>
            {
                asking.SetResult();
                await received.Socket.EmitWithAckAsync("question", "1"u8.ToArray(), cancellationToken: token);
            })
            .On("wait", (received, _) => new ValueTask(Task.Delay(Timeout.Infinite, received.Socket.Closed)))
            .OnDisconnected((_, _) =>
            {
                disconnected.SetResult();
                return default;
            }));
        await using var socket = await server.ConnectAsync();
        await socket.WriteAsync([
            .. RawWebSocket.Encode(Opcode.Text, "42[\"ask\"]"u8.ToArray()),
            .. RawWebSocket.Encode(Opcode.Text, "42[\"wait\"]"u8.ToArray())]);
        await asking.Task.Bounded();
        await socket.SendAsync("41");
        await disconnected.Task.Bounded();
        server.VerifyErrors();
    }

    [Fact]
    public async Task A_stop_waits_for_what_is_being_handled_and_then_tells_it_to_end()
    {
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var disconnected = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await TestServer.StartAsync(register: io => io.Of("/")
            .On("endless", async (_, token) =>
            {
                entered.SetResult();
                await using var registration = token.Register(cancelled.SetResult);
                await cancelled.Task;
                token.ThrowIfCancellationRequested();
            })
            .OnDisconnected((_, _) =>
            {
                disconnected.SetResult();
                return default;
            }));
        await using var socket = await server.ConnectAsync();
        await socket.SendAsync("42[\"endless\"]");
        await entered.Task.Bounded();
        await socket.SendFrameAsync(Opcode.Close, [0x03, 0xe8]);
        await Bounds.Until(() => server.Engine.SessionCount == 0);
        using var limit = new CancellationTokenSource();
        var stopping = server.StopWithinAsync(limit.Token);
        await server.Stopping.Bounded();
        Assert.False(cancelled.Task.IsCompleted);
        Assert.False(stopping.IsCompleted);
        await limit.CancelAsync();
        await stopping.Bounded();
        await disconnected.Task.Bounded();
    }

    [Fact]
    public async Task A_socket_whose_answer_finds_the_client_gone_is_not_connected()
    {
        // While this server's own loops are all kept busy, nobody but the answer itself can find out that the client is gone.
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var entered = new TaskCompletionSource<ISocket>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var free = new ManualResetEventSlim();
        using var kept = new CountdownEvent(Environment.ProcessorCount);
        await using var server = await TestServer.StartAsync(
            register: io =>
            {
                io.Of("/").Use(async (connecting, _) =>
                {
                    entered.SetResult(connecting);
                    await go.Task;
                });
                io.Of("/busy").On("keep", (_, token) =>
                {
                    kept.Signal();
                    free.Wait(token);
                    return default;
                });
            },
            inlineSockets: true);
        using var connected = new Counted(server, "socketio.sockets.connected");
        using var disconnected = new Counted(server, "socketio.sockets.disconnected");
        using var active = new Counted(server, "socketio.sockets.active");
        var others = new List<RawWebSocket>();
        for (var i = 0; i < Environment.ProcessorCount; i++)
            others.Add(await server.ConnectAsync("/busy"));
        await using var socket = await server.OpenAsync();
        await socket.SendAsync("40");
        var refused = (Socket)await entered.Task.Bounded();
        foreach (var other in others)
            await other.SendAsync("42/busy,[\"keep\"]");
        Assert.True(kept.Wait(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken));
        socket.Abort();
        go.SetResult();
        await Bounds.Until(() => !refused.Session.IsOpen);
        free.Set();
        foreach (var other in others)
            await other.DisposeAsync();

        await Bounds.Until(() => server.Engine.SessionCount == 0 && server.Io.Of("/busy").SocketCount == 0);
        var ns = (Namespace)server.Io.Of("/");
        await Bounds.Until(() => ns.SocketCount == 0 && active.Total == 0);
        Assert.Equal((others.Count, others.Count), (connected.Total, disconnected.Total));
    }
}
