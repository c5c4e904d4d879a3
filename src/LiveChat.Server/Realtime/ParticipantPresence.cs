namespace LiveChat.Server.Realtime;

/// <summary>
/// Who is there, from this server's live sockets and from calls. A participant is present while any of its sockets is; when the
/// last one has been gone for the grace, the open conversations that it is in are told, and told again when it is back. Thread-safe.
/// </summary>
/// <remarks>
/// What is remembered is bounded by who is connected, by the open conversations of who was, and by who called within the time
/// that an agent may be gone: <see cref="PruneAsync"/> lets go of the others.
/// </remarks>
/// <param name="bus">Who is told. Under the lock, so that what is told comes in the order in which it happened.</param>
/// <param name="findOpen">The open conversations that a participant is in.</param>
/// <param name="notes">Who has had sockets, for the server that comes after this one.</param>
/// <param name="options">The grace, and how long an agent may be gone.</param>
/// <param name="clock">What both go by.</param>
/// <param name="faults">Where it is said that the conversations could not be found.</param>
internal sealed class ParticipantPresence(
    IEventBus bus,
    Func<Participant, CancellationToken, Task<IReadOnlyList<Guid>>> findOpen,
    SocketNotes notes,
    ChatOptions options,
    TimeProvider clock,
    ReadFaults faults) : ISocketPresence, IBusSubscriber
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly Dictionary<(ParticipantType Type, string Id), Entry> _entries = [];
    private readonly long _start = clock.GetTimestamp();

    // How many agents have a socket, and when one last made a call; null when none has.
    private int _agentsWithSockets;
    private long? _agentSeen;
    private bool _stopped;

    /// <summary>How many participants are remembered.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _entries.Count;
        }
    }

    public void Seen(string agentId)
    {
        lock (_gate)
        {
            var now = clock.GetTimestamp();
            _agentSeen = now;
            if (_entries.TryGetValue((ParticipantType.Agent, agentId), out var entry))
                entry.LastSeen = now;
            else
                _entries.Add((ParticipantType.Agent, agentId), new Entry { LastSeen = now });
        }
    }

    public bool IsAnyAgentThere
    {
        get
        {
            lock (_gate)
                return _agentsWithSockets > 0 || (_agentSeen is { } seen && clock.GetElapsedTime(seen) < options.Agent.RequeueAfter);
        }
    }

    public ValueTask<IReadOnlySet<string>> FindGoneAsync(IReadOnlyCollection<string> agentIds, TimeSpan forAtLeast, CancellationToken cancellationToken)
    {
        lock (_gate)
            return ValueTask.FromResult<IReadOnlySet<string>>(agentIds.Where(IsGone).ToHashSet());

        // Whoever was there before this server started gets as long to come back as from a last call.
        bool IsGone(string agentId) => _entries.TryGetValue((ParticipantType.Agent, agentId), out var entry)
            ? entry.Sockets == 0 && IsAgo(entry.LastSeen)
            : IsAgo(_start);

        bool IsAgo(long timestamp) => clock.GetElapsedTime(timestamp) >= forAtLeast;
    }

    public ValueTask PruneAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            foreach (var (key, entry) in _entries)
            {
                if (entry is { Sockets: 0, Grace: null, Told.Count: 0 } && clock.GetElapsedTime(entry.LastSeen) > options.Agent.RequeueAfter)
                    _entries.Remove(key);
            }
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>These had sockets of a server that is no more: they have the grace to open one here.</summary>
    public void Expect(IEnumerable<Participant> participants)
    {
        lock (_gate)
        {
            foreach (var participant in participants)
            {
                if (EntryOf(participant) is { Sockets: 0, Grace: null } entry)
                    BeginAbsence(participant, entry, options.Presence.DisconnectGrace);
            }
        }
    }

    public void Stop()
    {
        lock (_gate)
        {
            _stopped = true;
            foreach (var entry in _entries.Values)
                entry.EndAbsence();
        }
    }

    public void Joined(Guid conversationId, Participant participant) => notes.Note(conversationId, participant);

    /// <summary>Whether the participant has a socket here.</summary>
    public bool HasSocket(Participant participant)
    {
        lock (_gate)
            return _entries.TryGetValue((participant.Type, participant.Id), out var entry) && entry.Sockets > 0;
    }

    public void Connected(Participant participant)
    {
        lock (_gate)
        {
            var entry = EntryOf(participant);
            if (++entry.Sockets == 1 && participant.Type is ParticipantType.Agent)
                _agentsWithSockets++;
            entry.EndAbsence();
            foreach (var gone in entry.Told.Values.Where(change => !change.IsPresent).ToList())
                Tell(entry, gone with { IsPresent = true, At = clock.GetUtcNow() });
        }
    }

    public void Disconnected(Participant participant)
    {
        lock (_gate)
        {
            var entry = EntryOf(participant);
            entry.LastSeen = clock.GetTimestamp();
            if (--entry.Sockets > 0)
                return;

            if (participant.Type is ParticipantType.Agent)
                (_agentsWithSockets, _agentSeen) = (_agentsWithSockets - 1, entry.LastSeen);
            BeginAbsence(participant, entry, options.Presence.DisconnectGrace);
        }
    }

    public PresenceChange? ToldOf(Participant participant, Guid conversationId)
    {
        lock (_gate)
        {
            return _entries.TryGetValue((participant.Type, participant.Id), out var entry)
                ? entry.Told.GetValueOrDefault(conversationId)
                : null;
        }
    }

    public void OnCommitted(IReadOnlyList<ConversationEvent> entries)
    {
        foreach (var entry in entries)
        {
            // An agent that accepts with the queue open has a socket too.
            if (entry is Transition { Kind: TransitionKind.Assigned, Conversation: { Agent: { } accepted } } assigned && HasSocket(accepted.AsParticipant()))
                notes.Note(assigned.ConversationId, accepted.AsParticipant());
            if (entry is Transition { Kind: TransitionKind.Closed or TransitionKind.Requeued } transition)
            {
                var (conversation, agent) = (transition.Conversation, transition.Conversation.Agent?.AsParticipant());
                if (transition.Kind is TransitionKind.Closed)
                    Left(conversation.Customer.AsParticipant(), conversation.Id);
                if ((agent ?? transition.Participant) is { Type: ParticipantType.Agent } lost)
                    Left(lost, conversation.Id);
            }
        }
    }

    /// <summary>The conversation is over, or the participant has no part in it any more.</summary>
    private void Left(Participant participant, Guid conversationId)
    {
        notes.Forget(conversationId, participant.Type);
        lock (_gate)
        {
            if (_entries.TryGetValue((participant.Type, participant.Id), out var entry))
            {
                entry.Told.Remove(conversationId);
                entry.LeftMeanwhile?.Add(conversationId);
            }
        }
    }

    private void BeginAbsence(Participant participant, Entry entry, TimeSpan after)
    {
        entry.EndAbsence();
        if (_stopped)
            return;

        var absence = entry.Absence;
        entry.Grace = clock.CreateTimer(
            _ => _ = AnnounceAsync(participant, entry, absence),
            null,
            after,
            Timeout.InfiniteTimeSpan);
    }

    private async Task AnnounceAsync(Participant participant, Entry entry, int absence)
    {
        lock (_gate)
        {
            if (entry.Absence != absence)
                return;
            entry.LeftMeanwhile = [];
        }

        IReadOnlyList<Guid>? open = null;
        try
        {
            open = await findOpen(participant, CancellationToken.None);
        }
        catch (Exception exception)
        {
            faults.Add(exception);
        }

        lock (_gate)
        {
            // Back meanwhile, or gone anew.
            if (entry.Absence != absence)
                return;

            var left = entry.LeftMeanwhile!;
            entry.EndAbsence();
            if (open is null)
            {
                BeginAbsence(participant, entry, RetryAfter);
                return;
            }

            foreach (var id in open.Except(left))
            {
                if (entry.Told.GetValueOrDefault(id) is not { IsPresent: false })
                    Tell(entry, new PresenceChange(id, participant, IsPresent: false, clock.GetUtcNow()));
            }
        }
    }

    private void Tell(Entry entry, PresenceChange change)
    {
        entry.Told[change.ConversationId] = change;
        bus.Publish(change);
    }

    private Entry EntryOf(Participant participant)
    {
        var key = (participant.Type, participant.Id);
        if (!_entries.TryGetValue(key, out var entry))
            _entries.Add(key, entry = new Entry { LastSeen = clock.GetTimestamp() });
        return entry;
    }

    // Guarded by _gate.
    private sealed class Entry
    {
        public int Sockets;
        public long LastSeen;

        // There from the end of the last socket until that was told.
        public ITimer? Grace;

        // Which absence it is: one that was timed and is over tells nothing.
        public int Absence;

        // There while it is asked which conversations are to be told.
        public List<Guid>? LeftMeanwhile;

        // The last that each open conversation was told.
        public readonly Dictionary<Guid, PresenceChange> Told = [];

        public void EndAbsence()
        {
            Absence++;
            Grace?.Dispose();
            Grace = null;
            LeftMeanwhile = null;
        }
    }
}
