namespace LiveChat.Tests.Support;

/// <summary>A bus that keeps what it was told, in order.</summary>
public sealed class RecordingBus : IEventBus
{
    private readonly Lock _gate = new();
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
    }

    public void Publish(Signal signal)
    {
        lock (_gate)
            _signals.Add(signal);
    }

    public IDisposable Subscribe(IBusSubscriber subscriber) => throw new NotSupportedException();
}
