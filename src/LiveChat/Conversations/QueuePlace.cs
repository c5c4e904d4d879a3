namespace LiveChat;

/// <summary>Where a waiting customer stands: 1 is next.</summary>
/// <param name="EstimatedWaitSeconds">Null while nothing can be said: no agent is there.</param>
public sealed record QueuePlace(int Position, int? EstimatedWaitSeconds)
{
    public static QueuePlace At(int position, WaitEstimate wait) => new(position, wait.For(position));
}

/// <summary>What a wait is expected to be, as of one moment.</summary>
/// <param name="PerPlace">How long each place in the queue takes; null while no agent is there.</param>
/// <param name="Longest">How long an entry may live: nobody waits longer than that.</param>
public readonly record struct WaitEstimate(TimeSpan? PerPlace, TimeSpan Longest)
{
    public int? For(int position) => PerPlace is { } each
        ? (int)Math.Ceiling(Math.Min(position * each.TotalSeconds, Longest.TotalSeconds))
        : null;
}
