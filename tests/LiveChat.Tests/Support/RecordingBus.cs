namespace LiveChat.Tests.Support;

/// <summary>A bus that keeps what it was told, in order.</summary>
public sealed class RecordingBus : IEventBus
{
    private readonly Lock _gate = new();
    private readonly List<IBusSubscriber> _subscribers = [];
    private readonly List<ConversationEvent> _entries = [];
    private readonly List<Signal> _signals = [];

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
                return [.. _signals.OfType<PresenceChange>()];
        }
    }

    public void Publish(IReadOnlyList<ConversationEvent> entries)
    {
        lock (_gate)
            _entries.AddRange(entries);
        foreach (var subscriber in _subscribers)
            subscriber.OnCommitted(entries);
    }

    public void Publish(Signal signal)
    {
        lock (_gate)
            _signals.Add(signal);
    }

    /// <summary>Before anything is published, and for good.</summary>
    public IDisposable Subscribe(IBusSubscriber subscriber)
    {
        _subscribers.Add(subscriber);
        return new MemoryStream();
    }
}
