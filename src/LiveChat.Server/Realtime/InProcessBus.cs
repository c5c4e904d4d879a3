using System.Collections.Immutable;

namespace LiveChat.Server.Realtime;

/// <summary>The bus of one server: calls its subscribers, on the thread that publishes.</summary>
internal sealed class InProcessBus(ILogger<InProcessBus> log) : IEventBus
{
    private ImmutableArray<IBusSubscriber> _subscribers = [];

    public void Publish(IReadOnlyList<ConversationEvent> entries) => Tell(s => s.OnCommitted(entries));

    public void Publish(Signal signal) => Tell(s => s.OnSignal(signal));

    public IDisposable Subscribe(IBusSubscriber subscriber)
    {
        ImmutableInterlocked.Update(ref _subscribers, list => list.Add(subscriber));
        return new Subscription(this, subscriber);
    }

    private void Tell(Action<IBusSubscriber> tell)
    {
        foreach (var subscriber in _subscribers)
        {
            try
            {
                tell(subscriber);
            }
            catch (Exception exception)
            {
                RealtimeLog.SubscriberFailed(log, exception);
            }
        }
    }

    private sealed class Subscription(InProcessBus bus, IBusSubscriber subscriber) : IDisposable
    {
        public void Dispose() => ImmutableInterlocked.Update(ref bus._subscribers, list => list.Remove(subscriber));
    }
}
