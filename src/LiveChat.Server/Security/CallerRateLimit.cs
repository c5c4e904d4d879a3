namespace LiveChat.Server.Security;

/// <summary>Marks an endpoint that calls to do not count: health, and the gateway, whose events count by themselves.</summary>
internal sealed class Unlimited
{
    public static Unlimited Instance { get; } = new();
}

/// <summary>A token bucket for each caller, shared by REST and the events of sockets, and where Redis is there by all servers.</summary>
/// <param name="options">How large it is.</param>
/// <param name="shared">The budget over all servers; null where there is none.</param>
internal sealed class CallerRateLimit(SecurityOptions options, SharedBudget? shared) : IDisposable
{
    // This server's own: also while the shared one cannot be asked.
    private readonly Buckets _calls = new(options.RateLimit.PermitLimit, options.RateLimit.TokensPerSecond);

    /// <exception cref="ChatException">The caller's bucket is empty.</exception>
    public Task TakeAsync(string caller)
    {
        if (shared is not null && !_calls.IsOff)
            return TakeSharedAsync(shared, caller);
        return _calls.Take(caller) is { } wait ? Task.FromException(TooMany(wait)) : Task.CompletedTask;
    }

    /// <summary>Whose bucket a caller empties: the principal's own, or the address where there is none.</summary>
    /// <param name="principal">Who calls.</param>
    /// <param name="address">From where.</param>
    public static string KeyOf(Principal principal, string address) => principal is OpenPrincipal or NobodyPrincipal ? address : principal.Identity;

    /// <summary>Of a backend's call: that of whom it names, else of the conversation, else the backend's own.</summary>
    public static string KeyOf(KeyPrincipal backend, ParticipantType side, string? named, string? conversationId) =>
        named is not null ? PersonPrincipal.IdentityOf(named)
        : conversationId is not null ? $"{side}:in:{conversationId}"
        : backend.Identity;

    public static ChatException TooMany(TimeSpan wait) =>
        new(new ChatError(ErrorCodes.RateLimited, "Too many calls; try again later.")) { RetryAfter = wait };

    public void Dispose() => _calls.Dispose();

    private async Task TakeSharedAsync(SharedBudget budget, string caller)
    {
        if ((await budget.TakeAsync(caller) ?? _calls.Take(caller) ?? TimeSpan.Zero) is { } wait && wait > TimeSpan.Zero)
            throw TooMany(wait > Buckets.Least ? wait : Buckets.Least);
    }
}
