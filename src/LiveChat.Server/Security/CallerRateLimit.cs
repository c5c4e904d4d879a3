using System.Threading.RateLimiting;

namespace LiveChat.Server.Security;

/// <summary>Marks an endpoint that calls to do not count: health, and the gateway, whose events count by themselves.</summary>
internal sealed class Unlimited
{
    public static Unlimited Instance { get; } = new();
}

/// <summary>A token bucket for each caller, shared by REST and the events of sockets.</summary>
internal sealed class CallerRateLimit : IDisposable
{
    private readonly PartitionedRateLimiter<string>? _buckets;

    public CallerRateLimit(SecurityOptions options)
    {
        var limits = options.RateLimit;
        if (limits is { PermitLimit: 0 } or { TokensPerSecond: 0 })
            return;

        _buckets = PartitionedRateLimiter.Create<string, string>(caller =>
            RateLimitPartition.GetTokenBucketLimiter(caller, _ => new TokenBucketRateLimiterOptions
            {
                TokenLimit = limits.PermitLimit,
                TokensPerPeriod = limits.TokensPerSecond,
                ReplenishmentPeriod = TimeSpan.FromSeconds(1),
                QueueLimit = 0,
            }));
    }

    /// <exception cref="ChatException">The caller's bucket is empty.</exception>
    public void Take(string caller)
    {
        if (_buckets is null)
            return;

        using var lease = _buckets.AttemptAcquire(caller);
        if (lease.IsAcquired)
            return;

        lease.TryGetMetadata(MetadataName.RetryAfter, out var wait);
        throw new ChatException(new ChatError(ErrorCodes.RateLimited, "Too many calls; try again later."))
        {
            RetryAfter = wait > TimeSpan.FromSeconds(1) ? wait : TimeSpan.FromSeconds(1),
        };
    }

    /// <summary>Whose bucket a request empties: the address, until a mode of authentication names a principal.</summary>
    public static string KeyOf(HttpContext http) => CallerAddress.KeyOf(http.Connection.RemoteIpAddress);

    public Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        if (_buckets is not null && http.GetEndpoint()?.Metadata.GetMetadata<Unlimited>() is null)
            Take(KeyOf(http));
        return next(http);
    }

    public void Dispose() => _buckets?.Dispose();
}
