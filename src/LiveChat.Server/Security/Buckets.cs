using System.Threading.RateLimiting;

namespace LiveChat.Server.Security;

/// <summary>A token bucket for each key, off where either value is 0. Buckets that are full are forgotten. Thread-safe.</summary>
internal sealed class Buckets : IDisposable
{
    /// <summary>The shortest wait that is named.</summary>
    public static readonly TimeSpan Least = TimeSpan.FromSeconds(1);

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
    public TimeSpan? Take(string key)
    {
        if (_buckets is null)
            return null;

        using var lease = _buckets.AttemptAcquire(key);
        if (lease.IsAcquired)
            return null;
        return lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) && wait > Least ? wait : Least;
    }

    /// <summary>Whether there is not a whole token in the bucket. Takes nothing.</summary>
    public bool IsEmpty(string key) => _buckets?.GetStatistics(key) is { CurrentAvailablePermits: 0 };

    public void Dispose() => _buckets?.Dispose();
}
