using System.Globalization;
using LiveChat.Tests.Support;

namespace LiveChat.Tests.Engines;

/// <summary>A primary with a replica, watched by three Sentinels that make the replica the primary some 3 s after the primary is gone.</summary>
internal sealed class RedisSentinel : IAsyncDisposable
{
    private const string Service = "livechat";

    private readonly List<RedisServer> _servers = [];

    public RedisServer Primary => _servers[0];

    public RedisServer Replica => _servers[1];

    public string ConnectionString => string.Join(',', _servers.Skip(2).Select(sentinel => sentinel.Endpoint).Append($"serviceName={Service}"));

    public static async Task<RedisSentinel> StartAsync()
    {
        var group = new RedisSentinel();
        try
        {
            group._servers.Add(await RedisServer.StartAsync());
            group._servers.Add(await RedisServer.StartAsync("--replicaof", $"127.0.0.1 {group.Primary.Port}"));
            await Waiting.Until(async () =>
                (await group.Replica.CommandAsync("INFO", "replication")).Contains("master_link_status:up", StringComparison.Ordinal));
            for (var i = 0; i < 3; i++)
                group._servers.Add(await RedisServer.StartSentinelAsync(Configuration(group.Primary.Port)));
            await group.IsWholeAsync();
            return group;
        }
        catch
        {
            await group.DisposeAsync();
            throw;
        }
    }

    /// <summary>The port of whom the Sentinels hold to be the primary.</summary>
    public async Task<int> PrimaryPortAsync() => int.Parse(
        (await _servers[2].CommandAsync("SENTINEL", "get-master-addr-by-name", Service)).Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1],
        CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
            await server.DisposeAsync();
    }

    /// <summary>Waits until each Sentinel knows the replica and the other Sentinels: before, there is no failover.</summary>
    private async Task IsWholeAsync()
    {
        foreach (var sentinel in _servers.Skip(2))
        {
            await Waiting.Until(async () => (await sentinel.CommandAsync("INFO", "sentinel"))
                .Contains("slaves=1,sentinels=3", StringComparison.Ordinal));
        }
    }

    private static string Configuration(int primary) => $"""
        sentinel monitor {Service} 127.0.0.1 {primary} 2
        sentinel down-after-milliseconds {Service} 1500
        sentinel failover-timeout {Service} 5000
        sentinel parallel-syncs {Service} 1

        """;
}
