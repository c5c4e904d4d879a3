namespace LiveChat.Server.Presence;

/// <summary>
/// Who is there, from this server's live sockets and from calls. A participant is present while any of its sockets is; when the
/// last one has been gone for the grace, the conversations it was in are told, and told again when it is back. Thread-safe.
/// </summary>
/// <remarks>
/// What is remembered is bounded by who is connected, by the open conversations of who was, and by who called within the time
/// that an agent may be gone: <see cref="Prune"/> lets go of the others.
/// </remarks>
internal sealed class ParticipantPresence(IEventBus bus, ChatOptions options, TimeProvider clock) : IPresence, IBusSubscriber
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(ParticipantType Type, string Id), Entry> _entries = [];
    private readonly DateTimeOffset _start = clock.GetUtcNow();

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
            if (_entries.TryGetValue((ParticipantType.Agent, agentId), out var entry))
                entry.LastSeen = clock.GetUtcNow();
            else
                _entries.Add((ParticipantType.Agent, agentId), new Entry { LastSeen = clock.GetUtcNow() });
        }
    }

    public ValueTask<bool> IsGoneAsync(string agentId, DateTimeOffset since, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            // Whoever was there before this server started gets as long to come back as from a last call.
            var found = _entries.TryGetValue((ParticipantType.Agent, agentId), out var entry);
            return ValueTask.FromResult(found ? entry!.Sockets == 0 && entry.LastSeen <= since : _start <= since);
        }
    }

    public void Prune()
    {
        lock (_gate)
        {
            var old = clock.GetUtcNow() - options.Agent.RequeueAfter;
            foreach (var (key, entry) in _entries)
            {
                if (entry is { Sockets: 0, Grace: null, Conversations.Count: 0 } && entry.LastSeen < old)
                    _entries.Remove(key);
            }
        }
    }

    /// <summary>A socket of the participant opened; <paramref name="conversationId"/> is the conversation it joined, if any.</summary>
    public void Connected(Participant participant, Guid? conversationId)
    {
        List<PresenceChange>? back = null;
        lock (_gate)
        {
            var entry = EntryOf(participant);
            entry.Sockets++;
            entry.Grace?.Dispose();
            entry.Grace = null;
            if (entry.Announced)
            {
                entry.Announced = false;
                back = Changes(participant, entry, isPresent: true);
            }

            if (conversationId is { } id)
                entry.Conversations.Add(id);
        }

        Publish(back);
    }

    /// <summary>A socket that is counted already joined another conversation.</summary>
    public void Joined(Participant participant, Guid conversationId)
    {
        lock (_gate)
            EntryOf(participant).Conversations.Add(conversationId);
    }

    /// <summary>The conversation is over, or the participant has no part in it any more.</summary>
    public void Left(Participant participant, Guid conversationId)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue((participant.Type, participant.Id), out var entry))
                entry.Conversations.Remove(conversationId);
        }
    }

    /// <summary>A socket of the participant is gone.</summary>
    public void Disconnected(Participant participant)
    {
        lock (_gate)
        {
            var entry = EntryOf(participant);
            entry.LastSeen = clock.GetUtcNow();
            if (--entry.Sockets > 0)
                return;

            entry.Grace = clock.CreateTimer(
                _ => Announce(participant, entry),
                null,
                options.Presence.DisconnectGrace,
                Timeout.InfiniteTimeSpan);
        }
    }

    public void OnCommitted(IReadOnlyList<ConversationEvent> entries)
    {
        foreach (var entry in entries)
        {
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

    private void Announce(Participant participant, Entry entry)
    {
        List<PresenceChange> gone;
        lock (_gate)
        {
            if (entry.Sockets > 0 || entry.Grace is null)
                return;

            entry.Grace.Dispose();
            entry.Grace = null;
            if (entry.Conversations.Count == 0)
                return;

            entry.Announced = true;
            gone = Changes(participant, entry, isPresent: false);
        }

        Publish(gone);
    }

    private Entry EntryOf(Participant participant)
    {
        var key = (participant.Type, participant.Id);
        if (!_entries.TryGetValue(key, out var entry))
            _entries.Add(key, entry = new Entry { LastSeen = clock.GetUtcNow() });
        return entry;
    }

    private List<PresenceChange> Changes(Participant participant, Entry entry, bool isPresent) =>
        [.. entry.Conversations.Select(id => new PresenceChange(id, participant, isPresent, clock.GetUtcNow()))];

    private void Publish(List<PresenceChange>? changes)
    {
        foreach (var change in changes ?? [])
            bus.Publish(change);
    }

    // Guarded by _gate.
    private sealed class Entry
    {
        public int Sockets;
        public DateTimeOffset LastSeen;
        public bool Announced;
        public ITimer? Grace;
        public readonly HashSet<Guid> Conversations = [];
    }
}
