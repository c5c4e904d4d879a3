namespace LiveChat.Server.Security;

/// <summary>What a request or a handshake presents, not judged yet. An empty value counts as absent.</summary>
/// <param name="Bearer">An API key, a JWT or a session token.</param>
internal readonly record struct PresentedCredentials(string? ApiKey, string? Bearer, string? SessionToken, string? User, string? UserName, string? UserRoles)
{
    public const string ApiKeyHeader = "X-API-Key";
    public const string SessionTokenHeader = "X-Session-Token";

    private const string BearerScheme = "Bearer ";

    public static PresentedCredentials OfToken(string token) => new(null, token, null, null, null, null);

    public static PresentedCredentials Of(IHeaderDictionary headers, ProxyOptions proxy, AuthenticationModes modes)
    {
        var isProxyOn = modes.HasFlag(AuthenticationModes.Proxy);
        return Of(
            Value(headers[ApiKeyHeader]),
            Value(headers.Authorization),
            Value(headers[SessionTokenHeader]),
            isProxyOn ? Value(headers[proxy.UserHeader]) : null,
            isProxyOn ? Value(headers[proxy.NameHeader]) : null,
            isProxyOn ? Value(headers[proxy.RolesHeader]) : null,
            modes);
    }

    /// <summary>Of a handshake, whose headers are known by lower-case name.</summary>
    public static PresentedCredentials Of(IReadOnlyDictionary<string, string> headers, ProxyOptions proxy, AuthenticationModes modes)
    {
        var isProxyOn = modes.HasFlag(AuthenticationModes.Proxy);
        return Of(Find(ApiKeyHeader), Find("authorization"), Find(SessionTokenHeader), Proxy(proxy.UserHeader), Proxy(proxy.NameHeader), Proxy(proxy.RolesHeader), modes);

        string? Proxy(string name) => isProxyOn ? Find(name) : null;

        string? Find(string name) => headers.TryGetValue(name.ToLowerInvariant(), out var value) ? Value(value) : null;
    }

    private static PresentedCredentials Of(
        string? apiKey, string? authorization, string? sessionToken, string? user, string? name, string? roles, AuthenticationModes modes)
    {
        // Where keys and JWTs are not in use and something else says who it is, Authorization may be the gateway's own.
        var isOwn = modes.HasFlag(AuthenticationModes.ApiKey) || modes.HasFlag(AuthenticationModes.Jwt) || (sessionToken is null && user is null);
        var bearer = isOwn && authorization is not null && authorization.StartsWith(BearerScheme, StringComparison.OrdinalIgnoreCase)
            ? Value(authorization[BearerScheme.Length..].Trim())
            : null;
        return new PresentedCredentials(apiKey, bearer, sessionToken, user, name, roles);
    }

    private static string? Value(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
