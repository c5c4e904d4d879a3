using System.Text;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.Net.Http.Headers;

namespace LiveChat.Server.Security;

/// <summary>Marks an endpoint that any website may read: what it answers is the same for everybody.</summary>
internal sealed class AnyOrigin
{
    public static AnyOrigin Instance { get; } = new();
}

/// <summary>
/// Which web origins a browser may call from: those configured, any page of the host that is called itself, whatever its port, and in
/// Development any localhost. REST and the gateway's polling ask by way of CORS; the gateway asks on every handshake and upgrade too, since browsers
/// do not apply CORS to WebSockets. A client that sends no Origin is no browser and is let through.
/// </summary>
internal sealed class Origins(SecurityOptions options, IHostEnvironment environment, ILogger<Origins> log) : ICorsPolicyProvider
{
    /// <summary>How many unknown origins are named in the log, once each.</summary>
    private const int MostNamed = 100;

    /// <summary>How long a browser may remember what a preflight said: the most that any of them does.</summary>
    private static readonly TimeSpan PreflightMaxAge = TimeSpan.FromHours(2);

    private readonly HashSet<string> _allowed = new(options.AllowedOrigins, StringComparer.OrdinalIgnoreCase);
    private readonly bool _allowLocalhost = environment.IsDevelopment();
    private readonly HashSet<string> _named = new(StringComparer.OrdinalIgnoreCase);

    private readonly CorsPolicy _allowing = Policy(isAllowed: true);
    private readonly CorsPolicy _refusing = Policy(isAllowed: false);

    public Task<CorsPolicy?> GetPolicyAsync(HttpContext context, string? policyName) =>
        Task.FromResult<CorsPolicy?>(Allows(context) ? _allowing : _refusing);

    /// <summary>Whether it is a browser's request for what not every website may read.</summary>
    public static bool Judges(HttpContext http) =>
        http.Request.Headers.ContainsKey(HeaderNames.Origin) && http.GetEndpoint()?.Metadata.GetMetadata<AnyOrigin>() is null;

    /// <summary>An answer repeats what a preflight asks for, and cannot repeat what is no name of a header or of a method.</summary>
    public static Task RefuseMalformedAsync(HttpContext http, RequestDelegate next)
    {
        var headers = http.Request.Headers;
        return Ascii.IsValid(headers.AccessControlRequestHeaders.ToString()) && Ascii.IsValid(headers.AccessControlRequestMethod.ToString())
            ? next(http)
            : throw new ChatException(new ChatError(ErrorCodes.Validation, "The names of headers and methods are of ASCII characters."));
    }

    public bool Allows(HttpContext http)
    {
        var origin = http.Request.Headers.Origin.ToString();
        if (origin.Length == 0)
            return true;

        var uri = Parse(origin);
        if (uri is not null && (_allowed.Contains(origin) || (_allowLocalhost && uri.IsLoopback) || IsHost(uri, http.Request.Host)))
            return true;

        // Of what is no origin, only that it is none.
        Name(uri?.GetLeftPart(UriPartial.Authority));
        return false;
    }

    private static bool IsHost(Uri origin, HostString called) => string.Equals(origin.IdnHost, called.Host.Trim('[', ']'), StringComparison.OrdinalIgnoreCase);

    /// <summary>An origin is a scheme, a host and a port in ASCII, and nothing else.</summary>
    private static Uri? Parse(string origin) =>
        Ascii.IsValid(origin)
        && Uri.TryCreate(origin, UriKind.Absolute, out var uri)
        && uri.Host.Length > 0
        && uri.PathAndQuery is "/" or ""
        && uri.UserInfo.Length == 0
            ? uri
            : null;

    private static CorsPolicy Policy(bool isAllowed) => new CorsPolicyBuilder()
        .SetIsOriginAllowed(_ => isAllowed)
        .AllowAnyHeader()
        .AllowAnyMethod()
        .AllowCredentials()
        .SetPreflightMaxAge(PreflightMaxAge)
        .WithExposedHeaders("Link", "X-Total-Count", "Retry-After", "Date")
        .Build();

    private void Name(string? origin)
    {
        lock (_named)
        {
            if (_named.Count > MostNamed || !_named.Add(origin ?? "null"))
                return;
            if (_named.Count > MostNamed)
                SecurityLog.ManyUnknownOrigins(log, MostNamed);
            else if (origin is null)
                SecurityLog.NoOrigin(log);
            else
                SecurityLog.UnknownOrigin(log, origin);
        }
    }
}
