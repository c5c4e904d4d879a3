namespace LiveChat.Server.Security;

public sealed class SecurityOptions
{
    /// <summary>How callers prove who they are. Must be chosen in the Production environment; elsewhere the default is <c>None</c>.</summary>
    public AuthenticationMode? Authentication { get; set; }

    /// <summary>The web origins that browsers may call from. Default none; in Development any localhost.</summary>
    public IList<string> AllowedOrigins { get; } = [];

    public RateLimitOptions RateLimit { get; } = new();
}

public enum AuthenticationMode
{
    None,
    ApiKey,
    Jwt,
    Proxy,
}

/// <summary>A token bucket per caller. Either value 0 turns the limit off.</summary>
public sealed class RateLimitOptions
{
    /// <summary>How many calls may come at once. Default 200.</summary>
    public int PermitLimit { get; set; } = 200;

    /// <summary>How many calls a second may follow. Default 20.</summary>
    public int TokensPerSecond { get; set; } = 20;
}
