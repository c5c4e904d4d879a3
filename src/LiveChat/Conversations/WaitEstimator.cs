namespace LiveChat;

/// <summary>
/// How long a place in the queue takes, learned from the last accepts: the mean time between them. Until two accepts are known
/// it says <see cref="Prior"/>. Thread-safe; each server learns for itself, so two may differ by a little.
/// </summary>
public sealed class WaitEstimator(ChatOptions options) : IBusSubscriber
{
    /// <summary>How many accepts it looks back on.</summary>
    public const int Window = 20;

    /// <summary>What a place is taken to cost while nothing is known.</summary>
    public static readonly TimeSpan Prior = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(30);

    private readonly Lock _gate = new();
    private readonly Queue<DateTimeOffset> _accepts = new(Window + 1);
    private TimeSpan _perPlace = Prior;

    /// <summary>What waits are expected to be now: nothing is said of them while no agent is there.</summary>
    public WaitEstimate Estimate(IPresence presence)
    {
        lock (_gate)
            return new WaitEstimate(presence.IsAnyAgentThere ? _perPlace : null, options.Queue.EntryTtl);
    }

    /// <summary>Takes in accepts that happened before, oldest first.</summary>
    public void Learn(IEnumerable<DateTimeOffset> accepts)
    {
        lock (_gate)
        {
            foreach (var at in accepts)
                Add(at);
        }
    }

    public void OnCommitted(IReadOnlyList<ConversationEvent> entries)
    {
        foreach (var entry in entries)
        {
            if (entry is Transition { Kind: TransitionKind.Assigned })
                Learn([entry.Timestamp]);
        }
    }

    private void Add(DateTimeOffset at)
    {
        _accepts.Enqueue(at);
        if (_accepts.Count > Window)
            _accepts.Dequeue();
        if (_accepts.Count < 2)
            return;

        // A night without a visitor says nothing about how fast agents are: no single gap counts for more than Longest.
        var total = TimeSpan.Zero;
        var previous = _accepts.Peek();
        foreach (var accept in _accepts)
        {
            var gap = accept - previous;
            total += gap > Longest ? Longest : gap < TimeSpan.Zero ? TimeSpan.Zero : gap;
            previous = accept;
        }

        var mean = total / (_accepts.Count - 1);
        _perPlace = mean < TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1) : mean;
    }
}
