using System.Net.Sockets;
using LiveChat.Tests.Support;
using Npgsql;

namespace LiveChat.Tests.Engines;

/// <summary>The engines that other tests stand on do what their names say.</summary>
public sealed class EngineTests
{
    [Fact]
    public async Task Postgres_keeps_what_it_committed_over_a_crash_and_serves_databases_apart()
    {
        await using var server = await PostgresServer.StartAsync();
        var (one, two) = (await server.CreateDatabaseAsync(), await server.CreateDatabaseAsync());
        await RunAsync(one, "CREATE TABLE kept (x int); INSERT INTO kept VALUES (7)");

        await server.StopImmediatelyAsync();
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => RunAsync(one, "SELECT 1"));
        await server.StartAgainAsync();
        Assert.Equal(7, await RunAsync(one, "SELECT x FROM kept"));
        Assert.Equal(0L, await RunAsync(two, "SELECT count(*) FROM pg_tables WHERE tablename = 'kept'"));
        Assert.Equal("on", await RunAsync(one, "SHOW fsync"));

        await server.StopFastAsync();
        await server.StartAgainAsync();
        Assert.Equal(7, await RunAsync(one, "SELECT x FROM kept"));
    }

    [Fact]
    public async Task Postgres_that_is_frozen_answers_when_it_is_thawed()
    {
        await using var server = await PostgresServer.StartAsync(fsync: false);
        await using var connection = new NpgsqlConnection(server.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand("SELECT 1", connection);
        server.Freeze();

        var answer = command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
        Assert.All(Enumerable.Range(0, 20), _ => Assert.False(answer.Wait(TimeSpan.FromMilliseconds(5), TestContext.Current.CancellationToken)));
        server.Thaw();
        Assert.Equal(1, await answer.Soon());
    }

    [Fact]
    public async Task The_shared_server_is_one()
    {
        Assert.Same(await PostgresServer.Shared, await PostgresServer.Shared);
    }

    [Fact]
    public async Task Redis_comes_back_empty()
    {
        await using var server = await RedisServer.StartAsync();
        await server.CommandAsync("SET", "k", "v");

        await server.KillAsync();
        await server.StartAgainAsync();

        Assert.Equal("", (await server.CommandAsync("GET", "k")).Trim());
    }

    [Fact]
    public async Task A_cluster_is_whole_again_when_the_primary_that_was_killed_is_back()
    {
        await using var cluster = await RedisCluster.StartAsync();

        await cluster.Primaries[1].KillAsync();
        await Waiting.Until(async () => !(await cluster.Primaries[0].CommandAsync("CLUSTER", "INFO")).Contains("cluster_slots_fail:0", StringComparison.Ordinal));
        await cluster.Primaries[1].StartAgainAsync();

        await cluster.IsWholeAsync();
    }

    [Fact]
    public async Task Sentinels_make_the_replica_the_primary()
    {
        await using var group = await RedisSentinel.StartAsync();
        Assert.Equal(group.Primary.Port, await group.PrimaryPortAsync());

        await group.Primary.KillAsync();

        await Waiting.Until(async () => await group.PrimaryPortAsync() == group.Replica.Port);
    }

    [Fact]
    public async Task A_proxy_stalls_cuts_and_refuses()
    {
        await using var server = await RedisServer.StartAsync();
        await using var proxy = new TcpProxy(server.Port);
        using var client = new TcpClient("127.0.0.1", proxy.Port);
        Assert.Equal("+PONG\r\n", await PingAsync(client));

        proxy.Stall();
        var pong = PingAsync(client);
        Assert.All(Enumerable.Range(0, 20), _ => Assert.False(pong.Wait(TimeSpan.FromMilliseconds(5), TestContext.Current.CancellationToken)));
        proxy.Resume();
        Assert.Equal("+PONG\r\n", await pong.Soon());

        Assert.True(proxy.CutOne());
        Assert.Equal("", await PingAsync(client));
        await proxy.RefuseAsync();
        Assert.Throws<SocketException>(() => new TcpClient("127.0.0.1", proxy.Port));
        proxy.Accept();
        using var again = new TcpClient("127.0.0.1", proxy.Port);
        Assert.Equal("+PONG\r\n", await PingAsync(again));
    }

    private static async Task<object?> RunAsync(string connectionString, string statement)
    {
        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(statement, connection);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }

    private static async Task<string> PingAsync(TcpClient client)
    {
        try
        {
            await client.GetStream().WriteAsync("PING\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
            var buffer = new byte[100];
            var count = await client.GetStream().ReadAsync(buffer, TestContext.Current.CancellationToken).AsTask().Soon();
            return System.Text.Encoding.ASCII.GetString(buffer, 0, count);
        }
        catch (IOException)
        {
            // Cut off while data was on its way.
            return "";
        }
    }
}
