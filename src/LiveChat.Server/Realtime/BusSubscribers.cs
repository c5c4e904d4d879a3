using System.Collections.Immutable;

namespace LiveChat.Server.Realtime;

/// <summary>Who listens to a bus on this server. One that fails is logged, and the others are told all the same. Thread-safe.</summary>
internal sealed class BusSubscribers(ILogger log)
{
    private ImmutableArray<IBusSubscriber> _all = [];

    public IDisposable Add(IBusSubscriber subscriber)
    {
        ImmutableInterlocked.Update(ref _all, list => list.Add(subscriber));
        return new Subscription(this, subscriber);
    }

    public void Tell(Action<IBusSubscriber> tell)
    {
        foreach (var subscriber in _all)
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

    private sealed class Subscription(BusSubscribers subscribers, IBusSubscriber subscriber) : IDisposable
    {
        public void Dispose() => ImmutableInterlocked.Update(ref subscribers._all, list => list.Remove(subscriber));
    }
}
