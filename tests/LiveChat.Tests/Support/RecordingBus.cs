namespace LiveChat.Tests.Support;

/// <summary>A bus that keeps what it was told, in order.</summary>
public sealed class RecordingBus : IEventBus
{
    private readonly Lock _gate = new();
    private readonly List<ConversationEvent> _entries = [];

    public IReadOnlyList<ConversationEvent> Entries
    {
        get
        {
            lock (_gate)
                return [.. _entries];
        }
    }

    public void Publish(IReadOnlyList<ConversationEvent> entries)
    {
        lock (_gate)
            _entries.AddRange(entries);
    }

    public void Publish(PresenceChange change)
    {
    }

    public IDisposable Subscribe(IBusSubscriber subscriber) => throw new NotSupportedException();
}
