namespace LiveChat.Server.Realtime;

/// <summary>
/// Which servers are dead: those whose count has not changed for the lease, by the time in which this server could look. So no clocks are
/// compared, and neither a store that was away nor a server that was stopped itself makes another one dead. Used by one at a time.
/// </summary>
internal sealed class ServerLeases(TimeSpan lease, TimeSpan interval, TimeProvider clock)
{
    private readonly Dictionary<string, (long Count, TimeSpan Silence)> _servers = [];
    private long? _looked;

    /// <summary>Those that are dead, as they stood then.</summary>
    public IReadOnlyList<ServerBeat> Dead =>
        [.. _servers.Where(server => server.Value.Silence >= lease).Select(server => new ServerBeat(server.Key, server.Value.Count))];

    public void Saw(IEnumerable<ServerBeat> servers)
    {
        var now = clock.GetTimestamp();
        var passed = _looked is { } looked ? clock.GetElapsedTime(looked, now) : TimeSpan.Zero;

        // What is longer than two looks is time in which nobody looked.
        passed = passed < 2 * interval ? passed : 2 * interval;
        _looked = now;
        var before = _servers.ToDictionary();
        _servers.Clear();
        foreach (var (server, count) in servers)
            _servers[server] = before.TryGetValue(server, out var last) && last.Count == count ? (count, last.Silence + passed) : (count, TimeSpan.Zero);
    }

    /// <summary>It could not look: the time until it can is nobody's silence.</summary>
    public void Missed() => _looked = null;
}
