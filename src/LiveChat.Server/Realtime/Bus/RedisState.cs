using System.Globalization;
using StackExchange.Redis;

namespace LiveChat.Server.Realtime.Bus;

/// <summary>What Redis says of itself, for who is asked for help.</summary>
internal static class RedisState
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    /// <summary>Null where it does not say.</summary>
    public static async Task<RedisSize?> ReadAsync(RedisConnection connection)
    {
        if (connection.Multiplexer?.GetServers().FirstOrDefault(candidate => candidate is { IsConnected: true, IsReplica: false }) is not { } server)
            return null;

        try
        {
            var info = (await server.InfoAsync().WaitAsync(Limit, TimeProvider.System)).SelectMany(section => section).ToLookup(pair => pair.Key, pair => pair.Value);
            var keys = await server.DatabaseSizeAsync().WaitAsync(Limit, TimeProvider.System);
            var used = info["used_memory"].FirstOrDefault() ?? "0";
            return new RedisSize(keys, long.Parse(used, CultureInfo.InvariantCulture), server.Version.ToString());
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            return null;
        }
    }
}

internal sealed record RedisSize(long DbSize, long UsedMemoryBytes, string Version);
