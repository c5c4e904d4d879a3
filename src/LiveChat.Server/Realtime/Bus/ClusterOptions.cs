using System.Security.Cryptography;

namespace LiveChat.Server.Realtime.Bus;

/// <summary>What one of many servers is to the others, section <c>Chat:Cluster</c>.</summary>
public sealed class ClusterOptions
{
    /// <summary>What logs, metrics and leases call this server. Default the name of its host and a random part.</summary>
    public string Node { get; set; } = $"{Environment.MachineName}-{RandomNumberGenerator.GetHexString(6, lowercase: true)}";

    /// <summary>A server that has not been heard of for so long is dead to the others. Default 10 s.</summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How often a server without its bus reads on in the store. Default 500 ms.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromMilliseconds(500);
}

/// <summary>Section <c>Chat:Redis</c>.</summary>
public sealed class RedisOptions
{
    /// <summary>What every key and channel of ours begins with. Default <c>lc</c>.</summary>
    public string Prefix { get; set; } = "lc";
}
