using System.Globalization;
using LiveChat.Tests.Support;

namespace LiveChat.Tests.Engines;

/// <summary>Three primaries that share the slots, no replicas.</summary>
internal sealed class RedisCluster : IAsyncDisposable
{
    private const int Slots = 16384;

    private RedisCluster(RedisServer[] primaries) => Primaries = primaries;

    public IReadOnlyList<RedisServer> Primaries { get; }

    public string ConnectionString => string.Join(',', Primaries.Select(primary => primary.Endpoint));

    public static async Task<RedisCluster> StartAsync()
    {
        var primaries = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => RedisServer.StartAsync(
            "--cluster-enabled", "yes", "--cluster-port", Number(FreePort.Next()), "--cluster-node-timeout", "1500",
            "--cluster-require-full-coverage", "no", "--cluster-allow-pubsubshard-when-down", "yes")));
        var cluster = new RedisCluster(primaries);
        try
        {
            for (var i = 0; i < primaries.Length; i++)
            {
                await primaries[i].CommandAsync("CLUSTER", "SET-CONFIG-EPOCH", Number(i + 1));
                await primaries[i].CommandAsync(
                    "CLUSTER", "ADDSLOTSRANGE", Number(Slots * i / primaries.Length), Number((Slots * (i + 1) / primaries.Length) - 1));
            }

            foreach (var other in primaries.Skip(1))
                await primaries[0].CommandAsync("CLUSTER", "MEET", "127.0.0.1", Number(other.Port), await BusPortOf(other));
            await cluster.IsWholeAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until each primary knows that all are there.</summary>
    public async Task IsWholeAsync()
    {
        foreach (var primary in Primaries)
        {
            await Waiting.Until(async () => await primary.CommandAsync("CLUSTER", "INFO") is var info
                && info.Contains("cluster_state:ok", StringComparison.Ordinal)
                && info.Contains("cluster_slots_ok:16384", StringComparison.Ordinal)
                && info.Contains("cluster_known_nodes:3", StringComparison.Ordinal));
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var primary in Primaries)
            await primary.DisposeAsync();
    }

    private static async Task<string> BusPortOf(RedisServer server) =>
        (await server.CommandAsync("CONFIG", "GET", "cluster-port")).Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
