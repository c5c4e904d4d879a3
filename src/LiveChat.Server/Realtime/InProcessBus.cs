namespace LiveChat.Server.Realtime;

/// <summary>The bus of one server: calls its subscribers, on the thread that publishes.</summary>
internal sealed class InProcessBus(ILogger<InProcessBus> log) : IEventBus
{
    private readonly BusSubscribers _subscribers = new(log);

    public void Publish(IReadOnlyList<ConversationEvent> entries) => _subscribers.Tell(s => s.OnCommitted(entries));

    public void Publish(Signal signal) => _subscribers.Tell(s => s.OnSignal(signal));

    public IDisposable Subscribe(IBusSubscriber subscriber) => _subscribers.Add(subscriber);
}
