using LiveChat.Server.Realtime.Bus;
using LiveChat.Tests.Engines;
using Microsoft.Extensions.Logging.Abstractions;

namespace LiveChat.Tests.Bus;

/// <summary>What buses of a test pass over, and what may happen to it.</summary>
internal interface IBusEngine : IAsyncDisposable
{
    /// <summary>A way over it, as one server has.</summary>
    IBusTransport Connect(BusMetrics metrics, string prefix);

    /// <summary>Ends it without a word: all of it, or what makes it useless.</summary>
    Task KillAsync();

    /// <summary>It is back after <see cref="KillAsync"/>, or another is there in its place.</summary>
    Task ReturnAsync();

    /// <summary>What its processes have used of processors.</summary>
    TimeSpan Cpu { get; }

    /// <summary>Connections stay and nothing answers.</summary>
    void Freeze();

    void Thaw();
}

internal sealed class RedisBusEngine(RedisServer server) : IBusEngine
{
    public static IBusTransport Connect(string connectionString, BusMetrics metrics, string prefix) => new RedisTransport(
        new RedisConnection(connectionString, "test", new RedisOptions { Prefix = prefix }, TimeProvider.System),
        new RedisOptions { Prefix = prefix },
        metrics,
        NullLogger<RedisTransport>.Instance,
        TimeProvider.System);

    public RedisServer Server { get; } = server;

    public static async Task<IBusEngine> StartAsync() => new RedisBusEngine(await RedisServer.StartAsync());

    public IBusTransport Connect(BusMetrics metrics, string prefix) => Connect(Server.Endpoint, metrics, prefix);

    public Task KillAsync() => Server.KillAsync();

    public Task ReturnAsync() => Server.StartAgainAsync();

    public TimeSpan Cpu => Server.Cpu;

    public void Freeze() => Server.Freeze();

    public void Thaw() => Server.Thaw();

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}

internal sealed class RedisClusterBusEngine(RedisCluster cluster) : IBusEngine
{
    public static async Task<IBusEngine> StartAsync() => new RedisClusterBusEngine(await RedisCluster.StartAsync());

    public IBusTransport Connect(BusMetrics metrics, string prefix) => RedisBusEngine.Connect(cluster.ConnectionString, metrics, prefix);

    // One of three: a third of the conversations go by it.
    public Task KillAsync() => cluster.Primaries[1].KillAsync();

    public async Task ReturnAsync()
    {
        await cluster.Primaries[1].StartAgainAsync();
        await cluster.IsWholeAsync();
    }

    public TimeSpan Cpu => cluster.Primaries.Aggregate(TimeSpan.Zero, static (sum, primary) => sum + primary.Cpu);

    public void Freeze() => cluster.Primaries[1].Freeze();

    public void Thaw() => cluster.Primaries[1].Thaw();

    public ValueTask DisposeAsync() => cluster.DisposeAsync();
}

internal sealed class RedisSentinelBusEngine(RedisSentinel group) : IBusEngine
{
    public static async Task<IBusEngine> StartAsync() => new RedisSentinelBusEngine(await RedisSentinel.StartAsync());

    public IBusTransport Connect(BusMetrics metrics, string prefix) => RedisBusEngine.Connect(group.ConnectionString, metrics, prefix);

    public Task KillAsync() => group.Primary.KillAsync();

    // The replica takes its place by itself.
    public Task ReturnAsync() => Task.CompletedTask;

    public TimeSpan Cpu => group.Primary.Cpu;

    public void Freeze() => group.Primary.Freeze();

    public void Thaw() => group.Primary.Thaw();

    public ValueTask DisposeAsync() => group.DisposeAsync();
}

internal sealed class PostgresBusEngine(PostgresServer server, string connectionString, bool isShared) : IBusEngine
{
    public static IBusTransport Connect(string connectionString, BusMetrics metrics, string prefix) => new PostgresTransport(
        connectionString, new RedisOptions { Prefix = prefix }, metrics, NullLogger<PostgresTransport>.Instance, TimeProvider.System);

    public static async Task<IBusEngine> StartAsync()
    {
        var server = await PostgresServer.StartAsync();
        return new PostgresBusEngine(server, server.ConnectionString, isShared: false);
    }

    public static async Task<IBusEngine> SharedAsync()
    {
        var server = await PostgresServer.Shared;
        return new PostgresBusEngine(server, await server.CreateDatabaseAsync(), isShared: true);
    }

    public IBusTransport Connect(BusMetrics metrics, string prefix) => Connect(connectionString, metrics, prefix);

    public Task KillAsync() => server.StopImmediatelyAsync();

    public Task ReturnAsync() => server.StartAgainAsync();

    public TimeSpan Cpu => server.Cpu;

    public void Freeze() => server.Freeze();

    public void Thaw() => server.Thaw();

    public ValueTask DisposeAsync() => isShared ? ValueTask.CompletedTask : server.DisposeAsync();
}
