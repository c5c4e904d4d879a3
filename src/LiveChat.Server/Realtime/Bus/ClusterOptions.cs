using System.Globalization;

namespace LiveChat.Server.Realtime.Bus;

/// <summary>This server among others, section <c>Chat:Cluster</c>.</summary>
public sealed class ClusterOptions
{
    /// <summary>What logs, metrics and leases call this server. Default: the host's name and a random part.</summary>
    public string Node { get; set; } = $"{Environment.MachineName}-{Random.Shared.Next(0x10000).ToString("x4", CultureInfo.InvariantCulture)}";

    /// <summary>A server that has not renewed for so long is dead to the others. Default 10 s.</summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How often a server without its bus reads on from the store. Default 500 ms.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromMilliseconds(500);
}

/// <summary>Redis, section <c>Chat:Redis</c>; where it is, is <c>ConnectionStrings:Redis</c>.</summary>
public sealed class RedisOptions
{
    /// <summary>Before every key and channel of ours. Default <c>lc</c>.</summary>
    public string Prefix { get; set; } = "lc";
}
