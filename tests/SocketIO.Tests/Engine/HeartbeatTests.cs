using System.Net;
using SocketIO.Tests.Kit;

namespace SocketIO.Tests.Engine;

public class HeartbeatTests
{
    private static void Timing(SocketIOOptions options)
    {
        options.Engine.PingInterval = TimeSpan.FromSeconds(10);
        options.Engine.PingTimeout = TimeSpan.FromSeconds(5);
        options.ConnectTimeout = TimeSpan.FromHours(1);
    }

    [Fact]
    public async Task The_server_pings_in_revision_4_as_long_as_pongs_come()
    {
        await using var server = await TestServer.StartAsync(Timing, fakeClock: true);
        await using var socket = await server.ConnectAsync();
        for (var i = 0; i < 4; i++)
        {
            server.Clock!.Advance(TimeSpan.FromSeconds(10.5));
            await socket.ExpectAsync("2");
            await socket.SendAsync("3");
            // An answer proves that the pong was read before the clock goes on.
            await socket.SendFrameAsync(Opcode.Ping, []);
            Assert.Equal(Opcode.Pong, (await socket.FrameAsync())!.Opcode);
        }

        Assert.Equal(1, server.Engine.SessionCount);
    }

    [Fact]
    public async Task A_ping_comes_one_interval_after_the_last_pong_however_long_the_timeout_is()
    {
        await using var server = await TestServer.StartAsync(
            options =>
            {
                options.Engine.PingInterval = TimeSpan.FromSeconds(5);
                options.Engine.PingTimeout = TimeSpan.FromSeconds(10);
            },
            fakeClock: true);
        await using var socket = await server.ConnectAsync();
        for (var i = 0; i < 4; i++)
        {
            server.Clock!.Advance(TimeSpan.FromSeconds(5.5));
            await socket.ExpectAsync("2");
            // Answered two seconds late, which moves the next one.
            server.Clock.Advance(TimeSpan.FromSeconds(2));
            await socket.SendAsync("3");
            await socket.SendFrameAsync(Opcode.Ping, []);
            Assert.Equal(Opcode.Pong, (await socket.FrameAsync())!.Opcode);
            server.Clock.Advance(TimeSpan.FromSeconds(4));
            await socket.SendFrameAsync(Opcode.Ping, []);
            Assert.Equal(Opcode.Pong, (await socket.FrameAsync())!.Opcode);
            server.Clock.Advance(TimeSpan.FromSeconds(1.5));
            await socket.ExpectAsync("2");
            await socket.SendAsync("3");
            await socket.SendFrameAsync(Opcode.Ping, []);
            Assert.Equal(Opcode.Pong, (await socket.FrameAsync())!.Opcode);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_fault_with_one_session_keeps_no_other_from_its_heartbeat(bool atShutdown)
    {
        await using var server = await TestServer.StartAsync(Timing, fakeClock: true);
        server.AllowErrors = true;
        await using var first = await server.ConnectAsync();
        await using var second = await server.ConnectAsync();
        await using var third = await server.ConnectAsync();
        // Whoever listens to the server's metrics fails, each time.
        using var failing = new FailingMeter(server, "engineio.sessions.closed");
        if (atShutdown)
        {
            await server.Engine.CloseAllAsync(TestContext.Current.CancellationToken);
        }
        else
        {
            server.Clock!.Advance(TimeSpan.FromSeconds(10.5));
            server.Clock.Advance(TimeSpan.FromSeconds(5.5));
        }

        foreach (var socket in new[] { first, second, third })
            Assert.Equal(atShutdown ? 1001 : 1000, await socket.ClosedAsync());
        await Bounds.Until(() => server.Engine.SessionCount == 0 && server.Io.Of("/").FetchSockets().Count == 0);
        Assert.Equal(3, failing.Count);
    }

    [Fact]
    public async Task A_missing_pong_ends_the_session()
    {
        await using var server = await TestServer.StartAsync(Timing, fakeClock: true);
        await using var socket = await server.ConnectAsync();
        server.Clock!.Advance(TimeSpan.FromSeconds(10.5));
        await socket.ExpectAsync("2");
        server.Clock.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(1, server.Engine.SessionCount);
        server.Clock.Advance(TimeSpan.FromSeconds(1.5));
        Assert.Equal(0, server.Engine.SessionCount);
        Assert.Equal(1000, await socket.ClosedAsync());
    }

    [Fact]
    public async Task A_late_poll_does_not_revive_a_session_however_coarse_the_timer()
    {
        await using var server = await TestServer.StartAsync(Timing, fakeClock: true);
        using var client = server.Polling();
        await client.OpenAsync();
        server.Clock!.Advance(TimeSpan.FromSeconds(15));
        using var response = await client.RawGetAsync();
        Assert.Equal("""{"code":1,"message":"Session ID unknown"}""", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_client_pings_in_revision_3()
    {
        await using var server = await TestServer.StartAsync(Timing, fakeClock: true);
        await using var socket = await server.OpenAsync(eio: 3);
        await socket.ExpectAsync("40");
        for (var i = 0; i < 4; i++)
        {
            server.Clock!.Advance(TimeSpan.FromSeconds(14));
            await socket.SendAsync("2");
            await socket.ExpectAsync("3");
        }

        server.Clock!.Advance(TimeSpan.FromSeconds(16));
        Assert.Equal(0, server.Engine.SessionCount);
        Assert.Equal(1000, await socket.ClosedAsync());
    }

    [Fact]
    public async Task A_pong_from_a_client_of_revision_3_is_a_fault()
    {
        await using var server = await TestServer.StartAsync(Timing);
        await using var socket = await server.OpenAsync(eio: 3);
        await socket.ExpectAsync("40");
        await socket.SendAsync("3");
        Assert.Equal(1000, await socket.ClosedAsync());
    }

    [Fact]
    public async Task The_heartbeat_goes_on_after_an_upgrade()
    {
        await using var server = await TestServer.StartAsync(Timing, fakeClock: true);
        using var client = server.Polling();
        await client.OpenAsync();
        // The ping is queued for polling and must leave over the websocket.
        server.Clock!.Advance(TimeSpan.FromSeconds(10.5));
        await using var socket = await server.WebSocketAsync($"EIO=4&transport=websocket&sid={client.Sid}");
        await socket.SendAsync("2probe");
        await socket.ExpectAsync("3probe");
        await socket.SendAsync("5");
        await socket.ExpectAsync("2");
        await socket.SendAsync("3");
        await socket.SendFrameAsync(Opcode.Ping, []);
        await socket.FrameAsync();
        server.Clock.Advance(TimeSpan.FromSeconds(10.5));
        await socket.ExpectAsync("2");
        Assert.Equal(1, server.Engine.SessionCount);
    }

    [Fact]
    public async Task A_client_that_joins_no_namespace_is_closed()
    {
        await using var server = await TestServer.StartAsync(
            options =>
            {
                Timing(options);
                options.ConnectTimeout = TimeSpan.FromSeconds(2);
            },
            fakeClock: true);
        await using var idle = await server.OpenAsync();
        await using var joined = await server.ConnectAsync();
        server.Clock!.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(1000, await idle.ClosedAsync());
        Assert.Equal(1, server.Engine.SessionCount);
    }

    [Fact]
    public async Task A_polling_client_that_never_comes_back_is_dropped()
    {
        await using var server = await TestServer.StartAsync(Timing, fakeClock: true);
        using var client = server.Polling();
        await client.OpenAsync();
        server.Clock!.Advance(TimeSpan.FromSeconds(11));
        server.Clock.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(0, server.Engine.SessionCount);
        Assert.Equal(HttpStatusCode.BadRequest, await client.StatusAsync());
    }
}
