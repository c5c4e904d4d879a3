using System.Collections.Concurrent;
using System.Diagnostics;

namespace LiveChat.Server.Security;

/// <summary>
/// A caller's budget over all servers. Tokens are fetched a few at a time, so that most calls ask nobody; what a server has fetched and not
/// used is lost after a moment. Thread-safe.
/// </summary>
/// <param name="take">Fetches at most so many tokens for a caller: how many there were, or how long until there is one; null where nobody says.</param>
/// <param name="permitLimit">How many tokens a budget holds.</param>
internal sealed class SharedBudget(Func<string, int, ValueTask<(int Given, TimeSpan Wait)?>> take, int permitLimit)
{
    private const int MostKept = 64 * 1024;

    private static readonly TimeSpan KeptFor = TimeSpan.FromSeconds(1);

    private readonly int _chunk = Math.Max(1, permitLimit / 20);
    private readonly ConcurrentDictionary<string, Kept> _kept = [];

    /// <summary>Zero where the call is within the budget, else how long to wait; null where nobody says.</summary>
    public async ValueTask<TimeSpan?> TakeAsync(string caller)
    {
        if (_kept.TryGetValue(caller, out var kept) && kept.TryTake())
            return TimeSpan.Zero;
        if (await take(caller, _chunk) is not var (given, wait))
            return null;
        if (given == 0)
            return wait;

        // Forgotten now and then: what was fetched is lost then, and fetched anew.
        if (_kept.Count >= MostKept)
            _kept.Clear();
        if (given > 1)
            _kept[caller] = new Kept(given - 1);
        return TimeSpan.Zero;
    }

    private sealed class Kept(int tokens)
    {
        private readonly long _since = Stopwatch.GetTimestamp();
        private int _tokens = tokens;

        public bool TryTake() => Stopwatch.GetElapsedTime(_since) < KeptFor && Interlocked.Decrement(ref _tokens) >= 0;
    }
}
