using EngineIO.Epoll;

namespace LiveChat.Server.Hosting;

/// <summary>How many connections there may be at one time, WebSockets among them, on both ports together. On Linux.</summary>
public sealed class ConnectionsOptions
{
    /// <summary>In all; 0 for as many as the process has descriptors for, less a reserve. Default 0. Over it the newest is refused.</summary>
    public int Limit { get; set; }

    /// <summary>
    /// Of one address, where an IPv6 /64 is one; 0 for half of those in all. Default 0, so that one address alone never keeps all others
    /// out. Behind a proxy all clients share the proxy's address. Over it the newest is refused.
    /// </summary>
    public int PerAddress { get; set; }

    public void ApplyTo(EpollOptions sockets)
    {
        sockets.MaxConnections = Limit;
        var all = Limit > 0 ? Limit : Math.Min(sockets.DescriptorsForConnections, int.MaxValue);
        sockets.MaxConnectionsPerAddress = PerAddress > 0 ? PerAddress : (int)Math.Max(all / 2, 1);
    }
}
