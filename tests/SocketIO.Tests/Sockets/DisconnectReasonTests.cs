using SocketIO.Tests.Kit;

namespace SocketIO.Tests.Sockets;

/// <summary>
/// Every way in which a socket ends, on a websocket and over polling where both can: by the client's packet, by the server, by
/// the transport, by time, by a fault, by shutdown. The rest stands with its limit: send buffer, event queue, payload.
/// </summary>
public class DisconnectReasonTests
{
    private static (Action<ISocketIO> Register, Task<DisconnectReason> Reason) Observed()
    {
        var reason = new TaskCompletionSource<DisconnectReason>(TaskCreationOptions.RunContinuationsAsynchronously);
        return (io => io.Of("/")
            .On("out", (received, _) =>
            {
                received.Socket.Disconnect(close: received.Arguments[0].GetBoolean());
                return default;
            })
            .OnDisconnected((_, why) =>
            {
                // A second call would throw, and be logged as an error.
                reason.SetResult(why);
                return default;
            }), reason.Task);
    }

    [Theory]
    [InlineData("41", DisconnectReason.ClientNamespaceDisconnect)]
    [InlineData("1", DisconnectReason.TransportClose)]
    [InlineData("42[\"out\",false]", DisconnectReason.ServerNamespaceDisconnect)]
    [InlineData("42[\"out\",true]", DisconnectReason.ServerNamespaceDisconnect)]
    [InlineData("4abc", DisconnectReason.ParseError)]
    [InlineData("abc", DisconnectReason.ParseError)]
    [InlineData("40", DisconnectReason.ForcedServerClose)]
    [InlineData("2", DisconnectReason.TransportError)]
    public async Task By_a_packet_of_the_client(string packet, DisconnectReason expected)
    {
        var (register, reason) = Observed();
        await using (var server = await TestServer.StartAsync(register: register))
        {
            await using var socket = await server.ConnectAsync();
            await socket.SendAsync(packet);
            Assert.Equal(expected, await reason.Bounded());
        }

        var (registerAgain, reasonAgain) = Observed();
        await using var polled = await TestServer.StartAsync(register: registerAgain);
        using var client = polled.Polling();
        await client.OpenAsync();
        await client.PostAsync("40");
        await client.GetAsync();
        await client.TryPostAsync(packet);
        Assert.Equal(expected, await reasonAgain.Bounded());
    }

    [Fact]
    public async Task By_the_end_of_the_connection()
    {
        var (register, reason) = Observed();
        await using var server = await TestServer.StartAsync(register: register);
        await using (await server.ConnectAsync())
        {
        }

        Assert.Equal(DisconnectReason.TransportClose, await reason.Bounded());
    }

    [Fact]
    public async Task By_a_reset_of_the_connection()
    {
        var (register, reason) = Observed();
        await using var server = await TestServer.StartAsync(register: register);
        await using var socket = await server.ConnectAsync();
        socket.Abort();
        Assert.Contains(await reason.Bounded(), new[] { DisconnectReason.TransportError, DisconnectReason.TransportClose });
    }

    [Fact]
    public async Task By_a_message_over_the_limit()
    {
        var (register, reason) = Observed();
        await using var server = await TestServer.StartAsync(options => options.Engine.MaxPayload = 500, register);
        await using var socket = await server.ConnectAsync();
        await socket.SendAsync(new string('4', 501));
        Assert.Equal(DisconnectReason.PayloadTooLarge, await reason.Bounded());
    }

    [Fact]
    public async Task By_a_missed_heartbeat()
    {
        var (register, reason) = Observed();
        await using var server = await TestServer.StartAsync(register: register, fakeClock: true);
        await using var socket = await server.ConnectAsync();
        server.Clock!.Advance(TimeSpan.FromSeconds(26));
        server.Clock.Advance(TimeSpan.FromSeconds(21));
        Assert.Equal(DisconnectReason.PingTimeout, await reason.Bounded());
    }

    [Fact]
    public async Task By_the_end_of_the_server()
    {
        var (register, reason) = Observed();
        await using var server = await TestServer.StartAsync(register: register);
        await using var socket = await server.ConnectAsync();
        using var client = server.Polling();
        await client.OpenAsync();
        var parked = client.GetAsync();
        await client.PostAsync("3");
        var stopping = server.StopAsync();
        Assert.Equal(1001, await socket.ClosedAsync());
        Assert.Equal("1", await parked);
        Assert.Equal(DisconnectReason.ServerShuttingDown, await reason.Bounded());
        await socket.DisposeAsync();
        await stopping.Bounded();
    }

    [Fact]
    public async Task By_the_server_closing_the_connection_of_which_the_client_is_not_told()
    {
        var (register, reason) = Observed();
        await using var server = await TestServer.StartAsync(register: io =>
        {
            register(io);
            io.Of("/").On("fault", (received, _) =>
            {
                received.Socket.Emit("told");
                received.Socket.CloseConnection();
                return default;
            });
        });
        await using var socket = await server.ConnectAsync();
        await socket.SendAsync("42[\"fault\"]");
        await socket.ExpectAsync("42[\"told\"]");
        // No DISCONNECT before it: a client's library takes that as a wish that it stay away.
        Assert.Equal(Opcode.Close, (await socket.FrameAsync())!.Opcode);
        Assert.Equal(DisconnectReason.ForcedServerClose, await reason.Bounded());
    }

    [Fact]
    public async Task After_being_thrown_out_what_was_on_the_way_is_dropped_and_the_connection_serves_on()
    {
        var (register, reason) = Observed();
        await using var server = await TestServer.StartAsync(register: io =>
        {
            register(io);
            io.Of("/other");
        });
        await using var socket = await server.ConnectAsync();
        await socket.WriteAsync([
            .. RawWebSocket.Encode(Opcode.Text, "42[\"out\",false]"u8.ToArray()),
            .. RawWebSocket.Encode(Opcode.Text, "42[\"out\",false]"u8.ToArray()),
            .. RawWebSocket.Encode(Opcode.Text, "40/other,"u8.ToArray())]);
        await socket.ExpectAsync("41");
        Assert.StartsWith("40/other,{", await socket.TextAsync(), StringComparison.Ordinal);
        Assert.Equal(DisconnectReason.ServerNamespaceDisconnect, await reason.Bounded());
    }

    [Fact]
    public async Task A_handler_that_hangs_does_not_hide_the_end()
    {
        var reason = new TaskCompletionSource<DisconnectReason>();
        var entered = new TaskCompletionSource();
        await using var server = await TestServer.StartAsync(
            options => options.HandlerTimeout = TimeSpan.FromSeconds(3),
            io => io.Of("/")
                .On("hang", async (_, _) =>
                {
                    entered.SetResult();
                    await new TaskCompletionSource().Task;
                })
                .OnDisconnected((_, why) =>
                {
                    reason.SetResult(why);
                    return default;
                }),
            fakeClock: true);
        await using var socket = await server.ConnectAsync();
        await socket.SendAsync("42[\"hang\"]");
        await entered.Task.Bounded();
        await socket.SendAsync("41");
        await Bounds.Until(() => server.Io.Of("/").SocketCount == 0);
        Assert.False(reason.Task.IsCompleted);
        await socket.SendFrameAsync(Opcode.Ping, []);
        Assert.Equal(Opcode.Pong, (await socket.FrameAsync())!.Opcode);
        server.Clock!.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(DisconnectReason.ClientNamespaceDisconnect, await reason.Task.Bounded());
    }

    [Fact]
    public void Each_reason_has_its_name()
    {
        Assert.Equal(Enum.GetValues<DisconnectReason>().Length, Enum.GetValues<DisconnectReason>().Select(reason => reason.ToCanonical()).Distinct().Count());
        Assert.Equal(Enum.GetValues<EngineIO.CloseReason>().Length, Enum.GetValues<EngineIO.CloseReason>().Select(EngineIO.CloseReasons.ToCanonical).Distinct().Count());
        Assert.Equal(Enum.GetValues<EngineIO.UpgradeFailure>().Length, Enum.GetValues<EngineIO.UpgradeFailure>().Select(EngineIO.UpgradeFailures.ToCanonical).Distinct().Count());
        Assert.False(DisconnectReason.ParseError.IsRecoverable());
        Assert.True(DisconnectReason.PingTimeout.IsRecoverable());
    }
}
