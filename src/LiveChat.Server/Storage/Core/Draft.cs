namespace LiveChat.Server.Storage.Core;

/// <summary>
/// A batch while it is being decided: what the earlier commands of it have decided counts for the later ones, although nothing is
/// written yet.
/// </summary>
internal sealed class Draft
{
    private readonly List<Change> _changes = [];
    private readonly Dictionary<Guid, Known> _byId = [];
    private readonly Dictionary<Known, Conversation> _current = [];
    private readonly Dictionary<string, Known> _active = [];
    private readonly Dictionary<(Guid ConversationId, SentMessage Sent), Message> _sent = [];
    private readonly Dictionary<string, int> _held = [];

    // Who entered or left the queue, in this order.
    private readonly List<(Known Known, int Change)> _queue = [];

    public IReadOnlyList<Change> Changes => _changes;

    public void Add(Known known)
    {
        _byId[known.Conversation.Id] = known;
        if (!known.Conversation.IsClosed)
            _active[known.Conversation.Customer.Id] = known;
    }

    /// <summary>The conversation that the command is for, null when there is none.</summary>
    public Known? Find(Command command) => command switch
    {
        StartConversation start => _active.GetValueOrDefault(start.Customer.Id),
        ConversationCommand other => _byId.GetValueOrDefault(other.ConversationId),
        _ => throw new InvalidOperationException($"Nobody knows which conversation {command.GetType().Name} is for."),
    };

    /// <summary>The conversation as it stands after what was decided so far.</summary>
    public Conversation? Current(Known? known) => known is null ? null : _current.GetValueOrDefault(known, known.Conversation);

    /// <summary>The facts as they stand after what was decided so far.</summary>
    public Facts Amend(Facts stored, NeededFacts needed, Known? known) => new(
        Sent: needed.Sent is { } sent && known is not null && _sent.TryGetValue((known.Conversation.Id, sent), out var message) ? message : stored.Sent,
        Held: stored.Held + (needed.HeldBy is { } agent ? _held.GetValueOrDefault(agent) : 0),
        Position: stored.Position + (needed.Position ? EnteredBefore(known) : 0));

    /// <summary>Takes in what was decided.</summary>
    public void Add(Known? known, Decision decision)
    {
        if (!decision.Writes)
            return;

        // Its place is true at this moment only.
        var after = decision.Conversation.Queue is null ? decision.Conversation : decision.Conversation with { Queue = null };
        var before = Current(known);
        known ??= new Known(after);
        _changes.Add(new Change(known, before, after, decision.Entries));
        _byId[after.Id] = known;
        _current[known] = after;
        if (!after.IsClosed)
            _active[after.Customer.Id] = known;
        else if (_active.GetValueOrDefault(after.Customer.Id) == known)
            _active.Remove(after.Customer.Id);

        Count(before, -1);
        Count(after, 1);
        var wasQueued = before?.Status is ConversationStatus.Queued;
        if (wasQueued != (after.Status is ConversationStatus.Queued))
            _queue.Add((known, wasQueued ? -1 : 1));
        foreach (var entry in decision.Entries)
        {
            if (entry is Message { ClientMessageId: { } id } message)
                _sent[(after.Id, new SentMessage(message.Sender.Type, message.Sender.Id, id))] = message;
        }
    }

    private void Count(Conversation? conversation, int change)
    {
        if (conversation is { IsHeld: true, Agent: { } agent })
            _held[agent.Id] = _held.GetValueOrDefault(agent.Id) + change;
    }

    /// <summary>How many more stand before it in the queue than the database says: those with a lower key, and before a new one all others.</summary>
    private int EnteredBefore(Known? known)
    {
        var count = 0;
        foreach (var (other, change) in _queue)
        {
            if (known is not null && other == known)
            {
                if (known.Key is null)
                    break;
                continue;
            }

            if (known?.Key is not { } key || other.Key < key)
                count += change;
        }

        return count;
    }
}
