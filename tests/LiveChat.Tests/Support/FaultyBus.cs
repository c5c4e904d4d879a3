namespace LiveChat.Tests.Support;

/// <summary>A bus that loses, repeats and reorders what it is given, as its seed says, until it is told to be good.</summary>
public sealed class FaultyBus(int seed) : IEventBus
{
    private readonly Lock _gate = new();
    private readonly Random _random = new(seed);
    private readonly List<IBusSubscriber> _subscribers = [];
    private readonly List<ConversationEvent> _late = [];

    public bool IsGood { get; set; }

    /// <summary>Whether all that comes is lost.</summary>
    public bool LosesAll { get; set; }

    public int Lost { get; private set; }

    public void Publish(IReadOnlyList<ConversationEvent> entries)
    {
        lock (_gate)
        {
            if (LosesAll)
            {
                Lost += entries.Count;
                return;
            }

            foreach (var entry in entries)
            {
                switch (IsGood ? 9 : _random.Next(10))
                {
                    case 0 or 1:
                        Lost++;
                        break;
                    case 2:
                        Tell(entry);
                        Tell(entry);
                        break;
                    case 3 or 4:
                        _late.Add(entry);
                        break;
                    default:
                        Tell(entry);
                        break;
                }
            }

            if (_late.Count > 3 || IsGood)
            {
                foreach (var entry in _late.OrderByDescending(e => e.Sequence))
                    Tell(entry);
                _late.Clear();
            }
        }
    }

    public void Publish(Signal signal)
    {
    }

    public IDisposable Subscribe(IBusSubscriber subscriber)
    {
        _subscribers.Add(subscriber);
        return new MemoryStream();
    }

    private void Tell(ConversationEvent entry)
    {
        foreach (var subscriber in _subscribers)
            subscriber.OnCommitted([entry]);
    }
}
