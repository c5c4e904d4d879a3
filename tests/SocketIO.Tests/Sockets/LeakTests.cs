using System.Text;
using SocketIO.Tests.Kit;

namespace SocketIO.Tests.Sockets;

/// <summary>Memory is the process's, so nothing else may run beside the test that measures it.</summary>
[CollectionDefinition(nameof(LeakTests), DisableParallelization = true)]
public sealed class AloneCollection;

/// <summary>Clients that come and go in every bad way leave nothing behind.</summary>
[Collection(nameof(LeakTests))]
public class LeakTests
{
    private const int PerKind = 4000;
    private const int AtOnce = 16;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Twenty_thousand_connects_and_aborts_leave_nothing_behind(bool inlineSockets)
    {
        await using var server = await TestServer.StartAsync(
            options =>
            {
                options.ConnectTimeout = TimeSpan.FromSeconds(10);
                options.Engine.CloseHandshakeTimeout = TimeSpan.FromSeconds(1);
            },
            io =>
            {
                io.Of("/").OnConnected((socket, token) =>
                {
                    socket.Join("room");
                    socket.Join($"own {socket.Id}");
                    socket.Items["key"] = new byte[100];
                    _ = IgnoreAsync(socket.EmitWithAckAsync("ask", Encoding.UTF8.GetBytes("1"), cancellationToken: token));
                    return default;
                }).On("out", (received, _) =>
                {
                    received.Socket.Disconnect(close: true);
                    return default;
                });
                io.Of("/refuse").Use((socket, _) =>
                {
                    socket.Join("never");
                    throw new ConnectRefusedException("no");
                });
                io.OfPattern(new("^/d-"));
            },
            fakeClock: true,
            inlineSockets: inlineSockets);
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, MaxConnectionsPerServer = AtOnce }) { BaseAddress = server.Address };

        // Once before measuring, so that pools and caches have their size.
        await RunAsync(server, http, 200);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await RunAsync(server, http, PerKind);

        var io = (Namespace)server.Io.Of("/");
        Assert.Equal((0, 0, 0, 0, 0), (server.Engine.SessionCount, server.Engine.PendingCount, io.SocketCount, io.Rooms.RoomCount, server.Server.DynamicCount));
        Assert.Equal(0, ((Namespace)server.Io.Of("/refuse")).Rooms.RoomCount);

        // What has ended is let go by tasks that are still to run; what leaks is never let go.
        await Bounds.Until(() =>
        {
            server.Clock!.Advance(TimeSpan.FromSeconds(50));
            return GC.GetTotalMemory(forceFullCollection: true) - before < 100 * PerKind;
        });
    }

    private static async Task RunAsync(TestServer server, HttpClient http, int count)
    {
        foreach (var kind in new[] { HandshakeOnlyAsync, FailedUpgradeAsync, RefusedAsync, KilledAsync, ThrownOutAsync })
        {
            await Parallel.ForEachAsync(
                Enumerable.Range(0, count),
                new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = TestContext.Current.CancellationToken },
                async (_, _) => await kind(server, http));
        }

        // Those that said nothing any more go with the heartbeat, and sockets that linger with their own limit. A session is off
        // the list a moment before its sockets have ended.
        await Bounds.Until(() =>
        {
            server.Clock!.Advance(TimeSpan.FromSeconds(50));
            return server.Engine.SessionCount == 0 && server.Io.Of("/").SocketCount == 0 && server.Server.DynamicCount == 0;
        });
    }

    private static async Task HandshakeOnlyAsync(TestServer server, HttpClient http) =>
        await http.GetStringAsync("/socket.io/?EIO=4&transport=polling", TestContext.Current.CancellationToken).Bounded();

    private static async Task FailedUpgradeAsync(TestServer server, HttpClient http)
    {
        using var client = new PollingClient(server.Address, 4, "");
        await client.OpenAsync();
        await using var socket = await server.WebSocketAsync($"EIO=4&transport=websocket&sid={client.Sid}");
        await socket.SendAsync("2probe");
        socket.Abort();
    }

    private static async Task RefusedAsync(TestServer server, HttpClient http)
    {
        await using var socket = await server.OpenAsync();
        await socket.SendAsync("40/refuse,");
        await socket.ExpectAsync("44/refuse,{\"message\":\"no\"}");
        socket.Abort();
    }

    private static async Task KilledAsync(TestServer server, HttpClient http)
    {
        await using var socket = await server.ConnectAsync();
        await socket.SendAsync("40/d-1,");
        socket.Abort();
    }

    private static async Task ThrownOutAsync(TestServer server, HttpClient http)
    {
        await using var socket = await server.ConnectAsync();
        await socket.SendAsync("42[\"out\"]");
        await socket.ClosedAsync();
    }

    private static async Task IgnoreAsync(Task task) => await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
