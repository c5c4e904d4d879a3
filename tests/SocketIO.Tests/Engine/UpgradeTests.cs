using System.Net;
using SocketIO.Tests.Kit;

namespace SocketIO.Tests.Engine;

public class UpgradeTests
{
    private static Action<ISocketIO> Echo => io => io.Of("/").On("echo", (received, _) =>
    {
        received.Socket.Emit("echo", EventArguments.From(received));
        return default;
    });

    private static Task<RawWebSocket> ProbeAsync(TestServer server, PollingClient client) =>
        server.WebSocketAsync($"EIO=4&transport=websocket&sid={client.Sid}");

    [Fact]
    public async Task A_session_moves_with_what_is_queued()
    {
        await using var server = await TestServer.StartAsync(register: Echo);
        using var failed = new Counted(server, "engineio.upgrades.failed");
        using var client = server.Polling();
        await client.OpenAsync();
        await client.PostAsync("40");
        await client.GetAsync();
        var parked = client.GetAsync();
        await using var socket = await ProbeAsync(server, client);
        await socket.SendAsync("2probe");
        await socket.ExpectAsync("3probe");
        Assert.Equal("6", await parked);
        Assert.Equal("6", await client.GetAsync());
        await client.PostAsync("42[\"echo\",1]");
        await socket.WriteAsync([.. RawWebSocket.Encode(Opcode.Text, "5"u8.ToArray()), .. RawWebSocket.Encode(Opcode.Text, "42[\"echo\",2]"u8.ToArray())]);
        await socket.ExpectAsync("42[\"echo\",1]");
        await socket.ExpectAsync("42[\"echo\",2]");
        using var stray = await client.RawGetAsync();
        Assert.Equal("""{"code":3,"message":"Bad request"}""", await stray.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        await socket.SendAsync("42[\"echo\",3]");
        await socket.ExpectAsync("42[\"echo\",3]");
        Assert.Equal(0, failed.Total);
    }

    [Fact]
    public async Task While_probing_messages_still_come_over_polling()
    {
        await using var server = await TestServer.StartAsync(register: Echo);
        using var client = server.Polling();
        await client.OpenAsync();
        await client.PostAsync("40");
        await client.GetAsync();
        await using var socket = await ProbeAsync(server, client);
        await socket.SendAsync("2probe");
        await socket.ExpectAsync("3probe");
        await client.PostAsync("42[\"echo\",1]");
        Assert.Equal("42[\"echo\",1]", await client.GetAsync());
    }

    [Fact]
    public async Task A_ping_of_the_WebSocket_protocol_is_answered_while_probing()
    {
        await using var server = await TestServer.StartAsync(register: Echo);
        using var client = server.Polling();
        await client.OpenAsync();
        await using var socket = await ProbeAsync(server, client);
        await socket.SendFrameAsync(Opcode.Ping, "early"u8.ToArray());
        Assert.Equal("early", (await socket.FrameAsync())!.Text);
        await socket.SendAsync("2probe");
        await socket.ExpectAsync("3probe");
        await socket.SendFrameAsync(Opcode.Ping, "late"u8.ToArray());
        var pong = await socket.FrameAsync();
        Assert.Equal((Opcode.Pong, "late"), (pong!.Opcode, pong.Text));
    }

    [Fact]
    public async Task A_probing_client_that_reads_nothing_makes_nothing_pile_up_and_can_still_upgrade()
    {
        await using var server = await TestServer.StartAsync(register: Echo);
        using var client = server.Polling();
        await client.OpenAsync();
        await using var socket = await RawWebSocket.ConnectAsync(server.Port, $"/socket.io/?EIO=4&transport=websocket&sid={client.Sid}", receiveBuffer: 4096);
        byte[] pings = [.. Enumerable.Repeat(RawWebSocket.Encode(Opcode.Ping, new byte[125]), 500).SelectMany(ping => ping)];
        for (var i = 0; i < 120; i++)
            await socket.WriteAsync(pings);
        await socket.SendAsync("2probe");
        var pongs = 0;
        Frame frame;
        while ((frame = (await socket.FrameAsync())!).Opcode == Opcode.Pong)
        {
            pongs++;
            // Of those that found no room the last may have been the probe's: it is asked again, as clients do not.
            if (!socket.Stream.DataAvailable)
                await socket.SendAsync("2probe");
        }

        Assert.Equal("3probe", frame.Text);
        Assert.InRange(pongs, 1, 60_000);
        await socket.SendAsync("5");
        await socket.SendAsync("40");
        while ((frame = (await socket.FrameAsync())!).Text == "3probe")
        {
        }

        Assert.StartsWith("40{", frame.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("5")]
    [InlineData("4hello")]
    [InlineData("2other")]
    [InlineData("nonsense")]
    public async Task A_probe_that_is_none_is_closed_and_the_session_stays_on_polling(string packet)
    {
        await using var server = await TestServer.StartAsync(register: Echo);
        using var failed = new Counted(server, "engineio.upgrades.failed");
        using var client = server.Polling();
        await client.OpenAsync();
        await using var socket = await ProbeAsync(server, client);
        await socket.SendAsync(packet);
        Assert.Equal(1000, await socket.ClosedAsync());
        Assert.Equal((1, 1), (failed["bad packet"], failed.Total));
        await client.PostAsync("40");
        Assert.StartsWith("40{", await client.GetAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_probe_is_closed_and_the_first_goes_on()
    {
        await using var server = await TestServer.StartAsync(register: Echo);
        using var failed = new Counted(server, "engineio.upgrades.failed");
        using var client = server.Polling();
        await client.OpenAsync();
        await using var first = await ProbeAsync(server, client);
        await first.SendAsync("2probe");
        await first.ExpectAsync("3probe");
        await using var second = await ProbeAsync(server, client);
        Assert.Equal(1000, await second.ClosedAsync());
        await first.SendAsync("5");
        await first.SendAsync("40");
        Assert.StartsWith("40{", await first.TextAsync(), StringComparison.Ordinal);
        await using var third = await ProbeAsync(server, client);
        Assert.Equal(1000, await third.ClosedAsync());
        await first.SendAsync("42[\"echo\"]");
        await first.ExpectAsync("42[\"echo\"]");
        Assert.Equal((2, 2), (failed["unwanted"], failed.Total));
    }

    [Fact]
    public async Task An_upgrade_that_takes_too_long_is_given_up()
    {
        await using var server = await TestServer.StartAsync(options => options.Engine.UpgradeTimeout = TimeSpan.FromMilliseconds(50), Echo);
        using var failed = new Counted(server, "engineio.upgrades.failed");
        using var client = server.Polling();
        await client.OpenAsync();
        await using var socket = await ProbeAsync(server, client);
        Assert.Equal(1000, await socket.ClosedAsync());
        Assert.Equal((1, 1), (failed["timed out"], failed.Total));
        await client.PostAsync("40");
        Assert.StartsWith("40{", await client.GetAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_that_ends_takes_its_probe_along()
    {
        await using var server = await TestServer.StartAsync(register: Echo);
        using var failed = new Counted(server, "engineio.upgrades.failed");
        using var client = server.Polling();
        await client.OpenAsync();
        await using var socket = await ProbeAsync(server, client);
        await socket.SendAsync("2probe");
        await socket.ExpectAsync("3probe");
        await client.PostAsync("1");
        Assert.Equal(1000, await socket.ClosedAsync());
        Assert.Equal((1, 1), (failed["session ended"], failed.Total));
    }

    [Fact]
    public async Task A_probe_that_is_cut_leaves_the_session_alone()
    {
        await using var server = await TestServer.StartAsync(register: Echo);
        using var failed = new Counted(server, "engineio.upgrades.failed");
        using var client = server.Polling();
        await client.OpenAsync();
        await using (var socket = await ProbeAsync(server, client))
        {
            await socket.SendAsync("2probe");
            await socket.ExpectAsync("3probe");
            socket.Abort();
        }

        await using var again = await ProbeAgainAsync(server, client);
        await again.SendAsync("5");
        await again.SendAsync("40");
        Assert.StartsWith("40{", await again.TextAsync(), StringComparison.Ordinal);
        Assert.Equal(1, failed["abandoned"]);
    }

    [Fact]
    public async Task Upgrades_can_be_switched_off()
    {
        await using var server = await TestServer.StartAsync(options => options.Engine.AllowUpgrades = false);
        using var client = server.Polling();
        Assert.Contains("\"upgrades\":[]", await client.OpenAsync(), StringComparison.Ordinal);
        await using var socket = await RawWebSocket.RequestAsync(server.Port, $"/socket.io/?EIO=4&transport=websocket&sid={client.Sid}");
        Assert.Equal((int)HttpStatusCode.BadRequest, socket.Status);
    }

    /// <summary>Until the server has noticed that the first probe is gone, another one is closed.</summary>
    private static async Task<RawWebSocket> ProbeAgainAsync(TestServer server, PollingClient client)
    {
        while (true)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            var socket = await ProbeAsync(server, client);
            await socket.SendAsync("2probe");
            if (await socket.FrameAsync() is { Opcode: Opcode.Text, Text: "3probe" })
                return socket;
            await socket.DisposeAsync();
        }
    }
}
