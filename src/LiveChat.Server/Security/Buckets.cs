using System.Threading.RateLimiting;

namespace LiveChat.Server.Security;

/// <summary>A token bucket for each key, off where either value is 0. Buckets that are full are forgotten. Thread-safe.</summary>
internal sealed class Buckets : IDisposable
{
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(1);

    private readonly PartitionedRateLimiter<string>? _buckets;

    public Buckets(int permitLimit, int tokensPerSecond)
    {
        if (permitLimit == 0 || tokensPerSecond == 0)
            return;

        _buckets = PartitionedRateLimiter.Create<string, string>(key =>
            RateLimitPartition.GetTokenBucketLimiter(key, _ => new TokenBucketRateLimiterOptions
            {
                TokenLimit = permitLimit,
                TokensPerPeriod = tokensPerSecond,
                ReplenishmentPeriod = TimeSpan.FromSeconds(1),
                QueueLimit = 0,
            }));
    }

    public bool IsOff => _buckets is null;

    /// <summary>Takes from the bucket; how long to wait when it is empty, else null.</summary>
    /// <param name="key">Whose bucket.</param>
    /// <param name="count">How many; 0 asks whether it is empty and takes nothing.</param>
    public TimeSpan? Take(string key, int count = 1)
    {
        if (_buckets is null)
            return null;

        using var lease = _buckets.AttemptAcquire(key, count);
        if (lease.IsAcquired)
            return null;
        return lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) && wait > Least ? wait : Least;
    }

    public void Dispose() => _buckets?.Dispose();
}
