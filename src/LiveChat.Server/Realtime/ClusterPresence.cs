namespace LiveChat.Server.Realtime;

/// <summary>
/// Who is there, on any of several servers. This server's sockets are counted here; what comes of them is said to the store, where all
/// servers say it, and what the store finds of everybody is read back: who has been away for the grace, and who returned. Thread-safe.
/// </summary>
/// <remarks>
/// One beat after the other, <see cref="Interval"/> apart and sooner when a socket has come or gone, does all of it. A server whose beats have
/// stopped for the lease is dead to the others (<see cref="ServerLeases"/>); one that comes back says anew who is there.
/// </remarks>
/// <param name="store">Where all servers say it.</param>
/// <param name="node">What this server is called.</param>
/// <param name="lease">How long a server may be silent.</param>
/// <param name="options">The grace, and how long an agent may be gone.</param>
/// <param name="clock">What this server goes by.</param>
/// <param name="faults">Where it is said that the store cannot be asked.</param>
internal sealed class ClusterPresence(
    ISharedPresence store,
    string node,
    TimeSpan lease,
    ChatOptions options,
    TimeProvider clock,
    ReadFaults faults) : BackgroundService, ISocketPresence
{
    /// <summary>What changes anywhere is known everywhere after it.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Between two beats at least, so that many sockets share one.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>What was told before the last report is read once more: a commit may come later than the time that it bears.</summary>
    private static readonly TimeSpan Overlap = TimeSpan.FromSeconds(5);

    private readonly ServerLeases _leases = new(lease, Interval, clock);
    private readonly WakeUp _wake = new();

    // Guarded by _gate.
    private readonly Lock _gate = new();
    private readonly Dictionary<ParticipantKey, int> _sockets = [];
    private readonly Dictionary<ParticipantKey, ToldPresence> _told = [];
    private HashSet<ParticipantKey> _changed = [];
    private HashSet<string> _seen = [];
    private long? _agentSeen;
    private bool _isAgentElsewhere;
    private bool _saysAll = true;
    private bool _isStopped;

    // Since when this server has known who is gone; null while it could not ask.
    private long? _knownSince;

    // Of the beat alone.
    private DateTimeOffset? _toldSince;
    private bool _saidAll;

    // Null where it is not known whether the last one was heard.
    private long? _lastBeat;

    /// <summary>Somebody was found to be away, or back. Called by one thread at a time, in the order in which it was found.</summary>
    public event Action<ToldPresence>? Told;

    public bool IsAnyAgentThere
    {
        get
        {
            lock (_gate)
                return _isAgentElsewhere || (_agentSeen is { } seen && clock.GetElapsedTime(seen) < options.Agent.RequeueAfter);
        }
    }

    public void Seen(string agentId)
    {
        lock (_gate)
        {
            _agentSeen = clock.GetTimestamp();
            _seen.Add(agentId);
        }
    }

    public async ValueTask<IReadOnlySet<string>> FindGoneAsync(IReadOnlyCollection<string> agentIds, TimeSpan forAtLeast, CancellationToken cancellationToken)
    {
        // Whoever was there before it could ask gets as long to come back as from a last call.
        lock (_gate)
        {
            if (_knownSince is not { } since || clock.GetElapsedTime(since) < forAtLeast)
                return new HashSet<string>();
        }

        return await store.FindGoneAsync(agentIds, forAtLeast, cancellationToken);
    }

    public async ValueTask PruneAsync(CancellationToken cancellationToken)
    {
        // Whatever conversation was told of it is over.
        var keep = options.Conversation.MaxDuration + options.Agent.RequeueAfter;
        lock (_gate)
        {
            foreach (var told in _told.Values.Where(told => told.At < clock.GetUtcNow() - keep).ToList())
                _told.Remove(told.Participant);
        }

        await store.ForgetAsync(keep, cancellationToken);
    }

    public void Connected(Participant participant)
    {
        lock (_gate)
        {
            var key = KeyOf(participant);
            var count = _sockets.GetValueOrDefault(key) + 1;
            _sockets[key] = count;
            if (key.Type is ParticipantType.Agent)
                _agentSeen = clock.GetTimestamp();
            if (count > 1)
                return;
            _changed.Add(key);
            _wake.Set();
        }
    }

    public void Disconnected(Participant participant)
    {
        lock (_gate)
        {
            var key = KeyOf(participant);
            if (--_sockets[key] > 0)
                return;
            _sockets.Remove(key);
            _changed.Add(key);
            _wake.Set();
        }
    }

    /// <summary>That it has a socket on this server is said already, whatever it is in.</summary>
    public void Joined(Guid conversationId, Participant participant)
    {
    }

    public PresenceChange? ToldOf(Participant participant, Guid conversationId)
    {
        lock (_gate)
        {
            return _told.TryGetValue(KeyOf(participant), out var told)
                ? new PresenceChange(conversationId, participant, told.IsPresent, told.At)
                : null;
        }
    }

    public void Stop()
    {
        lock (_gate)
            _isStopped = true;
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await store.LeaveAsync(node, cancellationToken).WaitAsync(Interval, TimeProvider.System, cancellationToken);
        }
        catch (Exception exception)
        {
            // Its lease runs out then.
            faults.Add(exception);
        }
    }

    public override void Dispose()
    {
        base.Dispose();
        _wake.Dispose();
    }

    /// <summary>The first beat. Whoever was on a server of this name, which was cut off, is not on this one.</summary>
    public async Task BeginAsync(CancellationToken cancellationToken)
    {
        await store.LeaveAsync(node, cancellationToken);
        await BeatAsync(cancellationToken);
    }

    /// <summary>Says what has changed here, and takes in what all servers know. One at a time.</summary>
    public async Task BeatAsync(CancellationToken cancellationToken)
    {
        var beat = Next();
        PresenceReport report;
        try
        {
            report = await store.BeatAsync(beat, cancellationToken);
        }
        catch
        {
            _leases.Missed();
            _lastBeat = null;
            SayAgain(beat);
            throw;
        }

        if (_lastBeat is { } last && report.Count != last + 1 && report.Count != 1)
            faults.AddNameTaken(node);
        _lastBeat = report.Count;
        _leases.Saw(report.Servers);
        _toldSince = report.At - Overlap;
        foreach (var told in TakeIn(report))
            Told?.Invoke(told);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await BeatAsync(stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                faults.Add(exception);
            }

            // In the real time, like the leases of others.
            await Task.Delay(Pause, TimeProvider.System, stoppingToken);
            await _wake.WaitAsync(Interval, stoppingToken);
        }
    }

    private static ParticipantKey KeyOf(Participant participant) => new(participant.Type, participant.Id);

    private PresenceBeat Next()
    {
        lock (_gate)
        {
            var (changed, seen) = (_changed, _seen);
            (_changed, _seen) = ([], []);
            var present = _saysAll ? [.. _sockets.Keys] : changed.Where(_sockets.ContainsKey).ToList();
            var beat = new PresenceBeat
            {
                Server = node,
                Present = present,

                // Of a server that stops nobody is gone before it is, so that there is time to come back elsewhere.
                Gone = _isStopped ? [] : [.. changed.Where(key => !_sockets.ContainsKey(key))],
                Seen = seen,
                Dead = [.. _leases.Dead.Where(dead => dead.Server != node)],
                Grace = options.Presence.DisconnectGrace,
                SeenFor = options.Agent.RequeueAfter,
                ToldSince = _toldSince,
            };
            (_saidAll, _saysAll) = (_saysAll, false);
            return beat;
        }
    }

    /// <summary>Whether it was heard is not known.</summary>
    private void SayAgain(PresenceBeat beat)
    {
        lock (_gate)
        {
            _saysAll |= _saidAll;
            _changed.UnionWith(beat.Present);
            _changed.UnionWith(beat.Gone);
            _seen.UnionWith(beat.Seen);
            _knownSince = null;
        }
    }

    private List<ToldPresence> TakeIn(PresenceReport report)
    {
        lock (_gate)
        {
            _knownSince ??= clock.GetTimestamp();
            _isAgentElsewhere = report.IsAnyAgentThere;

            // The others have taken it for dead meanwhile.
            if (report.Count == 1 && !_saidAll)
            {
                _saysAll = true;
                _wake.Set();
            }

            // Who is here is not away, whatever the others took this server for.
            var news = report.Told
                .Where(told => _told.GetValueOrDefault(told.Participant) != told && (told.IsPresent || !_sockets.ContainsKey(told.Participant)))
                .ToList();
            foreach (var told in news)
                _told[told.Participant] = told;
            return news;
        }
    }
}
