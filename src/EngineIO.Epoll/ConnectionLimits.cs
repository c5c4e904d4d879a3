using System.Net;
using System.Net.Sockets;

namespace EngineIO.Epoll;

/// <summary>Counts the connections of all listeners from when they are accepted until they are closed, and says which may stay.</summary>
internal sealed class ConnectionLimits(EpollOptions options, EpollMetrics metrics, Log log, TimeProvider clock)
{
    private readonly AddressCounter _addresses = new(options.MaxConnectionsPerAddress);
    private readonly LogPace _pace = new(clock, TimeSpan.FromSeconds(10));
    private int _open;

    /// <summary>Connections open now.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>Counts a connection that has just been accepted. False when it must be closed: a limit is reached.</summary>
    public bool TryEnter(Socket socket)
    {
        if (WhyNot(socket) is { } reason)
        {
            metrics.Refused(reason);
            if (_pace.IsDue(out var count))
                log.Refused(count, reason, Open);
            return false;
        }

        metrics.Opened();
        return true;
    }

    /// <summary>A connection that was counted has been closed.</summary>
    public void Leave(IPAddress? address)
    {
        Interlocked.Decrement(ref _open);
        _addresses.Leave(address);
        metrics.Closed();
    }

    /// <summary>The client's address, where connections are counted by it.</summary>
    public IPAddress? AddressOf(Socket socket) =>
        options.MaxConnectionsPerAddress > 0 ? (socket.RemoteEndPoint as IPEndPoint)?.Address : null;

    private string? WhyNot(Socket socket)
    {
        if (IsFromReserve(socket))
            return "descriptors";

        var address = AddressOf(socket);
        var open = Interlocked.Increment(ref _open);
        string? reason = null;
        if (options.MaxConnections > 0 && open > options.MaxConnections)
            reason = "connections";
        else if (!_addresses.TryEnter(address))
            reason = "connections of one address";

        if (reason is not null)
            Interlocked.Decrement(ref _open);
        return reason;
    }

    /// <summary>A new descriptor gets the lowest number that is free, so one near the limit means that nearly all are in use.</summary>
    private bool IsFromReserve(Socket socket) => socket.SafeHandle.DangerousGetHandle() >= options.DescriptorsForConnections;
}
