namespace EngineIO.Epoll;

/// <summary>Settings of the transport. They are read when the web server starts; later changes have no effect.</summary>
public sealed class EpollOptions
{
    /// <summary>
    /// Connections at one time, over all listeners, those among them that are WebSockets; 0 for as many as the process has descriptors
    /// for, which is the default. Over it the newest is refused: closed as soon as it is accepted, and counted.
    /// </summary>
    public int MaxConnections { get; set; }

    /// <summary>
    /// Connections of one client at one time, where an IPv6 network of 64 bits is one client (<see cref="ClientAddress.Group"/>); 0 for no
    /// limit, which is the default, because behind a proxy all clients share one address. Over it the newest is refused.
    /// </summary>
    public int MaxConnectionsPerAddress { get; set; }

    /// <summary>
    /// Descriptors that are left to the rest of the process, for files, databases and assemblies. Default 64, and never more than a
    /// quarter of what the process may have (<c>RLIMIT_NOFILE</c>). A connection that would take one of them is refused.
    /// </summary>
    public int ReservedDescriptors { get; set; } = 64;

    /// <summary>How many descriptors the process has now for connections: <c>RLIMIT_NOFILE</c> less the reserve. On Linux.</summary>
    public long DescriptorsForConnections
    {
        get
        {
            var limit = Libc.DescriptorLimit();
            return limit - Math.Min(ReservedDescriptors, limit / 4);
        }
    }

    /// <summary>
    /// Bytes of memory that hold what was sent and not taken by the clients, of all connections together. Default: a quarter of
    /// the memory that the process may use. Over it the connection whose client has taken nothing for the longest is cut.
    /// </summary>
    public long MaxUnsentBytes { get; set; } = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4;

    /// <summary>How long a client may take nothing of what waits for it. Default 30 s. Then the connection is cut.</summary>
    public TimeSpan SendTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a request may go on without an answer after its client has ended its half of the connection: such a client may wait for
    /// the answer, or be gone. Default 10 s. Then the request is aborted. Polls and WebSockets of Engine.IO end at once.
    /// </summary>
    public TimeSpan HalfCloseTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The real time, whatever clock the application is given: the network keeps no other. Tests do.</summary>
    internal TimeProvider Clock { get; set; } = TimeProvider.System;

    /// <summary>Finds all faults of these settings, one line each, naming the option.</summary>
    public IEnumerable<string> Validate()
    {
        foreach (var (name, value) in new[]
        {
            (nameof(MaxConnections), MaxConnections), (nameof(MaxConnectionsPerAddress), MaxConnectionsPerAddress), (nameof(ReservedDescriptors), ReservedDescriptors),
        })
        {
            if (value < 0)
                yield return $"{name} must not be negative, but is {value}.";
        }

        if (MaxUnsentBytes < 64 * 1024)
            yield return $"{nameof(MaxUnsentBytes)} must be at least 65536, but is {MaxUnsentBytes}.";
        foreach (var (name, value) in new[] { (nameof(SendTimeout), SendTimeout), (nameof(HalfCloseTimeout), HalfCloseTimeout) })
        {
            if (value < TimeSpan.FromMilliseconds(10) || value > TimeSpan.FromDays(1))
                yield return $"{name} must be between 10 ms and 1 day, but is {value}.";
        }
    }
}
