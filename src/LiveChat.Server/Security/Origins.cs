namespace LiveChat.Server.Security;

/// <summary>
/// Which web origins a browser may call from: those configured, the server's own, and in Development any localhost. The gateway
/// asks on every handshake and upgrade, since browsers do not apply CORS to WebSockets; a client that sends no Origin is no
/// browser and is let through.
/// </summary>
internal sealed class Origins(SecurityOptions options, IHostEnvironment environment)
{
    private readonly HashSet<string> _allowed = new(options.AllowedOrigins, StringComparer.OrdinalIgnoreCase);
    private readonly bool _allowLocalhost = environment.IsDevelopment();

    public bool Allows(string origin) =>
        _allowed.Contains(origin)
        || (_allowLocalhost && Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri.IsLoopback);

    public bool Allows(HttpContext http)
    {
        var origin = http.Request.Headers.Origin.ToString();
        return origin.Length == 0
            || Allows(origin)
            || (Uri.TryCreate(origin, UriKind.Absolute, out var uri)
                && string.Equals(uri.Authority, http.Request.Host.Value, StringComparison.OrdinalIgnoreCase));
    }
}
