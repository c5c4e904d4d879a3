namespace LiveChat.Tests.Support;

/// <summary>A bus that keeps what it was told, in order.</summary>
public sealed class RecordingBus : IEventBus
{
    private readonly Lock _gate = new();
    private readonly List<ConversationEvent> _entries = [];
    private readonly List<PresenceChange> _changes = [];

    public IReadOnlyList<ConversationEvent> Entries
    {
        get
        {
            lock (_gate)
                return [.. _entries];
        }
    }

    public IReadOnlyList<PresenceChange> Changes
    {
        get
        {
            lock (_gate)
                return [.. _changes];
        }
    }

    public void Publish(IReadOnlyList<ConversationEvent> entries)
    {
        lock (_gate)
            _entries.AddRange(entries);
    }

    public void Publish(PresenceChange change)
    {
        lock (_gate)
            _changes.Add(change);
    }

    public IDisposable Subscribe(IBusSubscriber subscriber) => throw new NotSupportedException();
}
