using System.Globalization;

namespace LiveChat.Server.Security;

/// <summary>How many sessions of the gateway an address may begin. What goes on within a session is counted by its events.</summary>
internal sealed class HandshakeLimit(SecurityOptions options) : IDisposable
{
    /// <summary>Of Engine.IO's codes the one for what is not allowed.</summary>
    private const int Forbidden = 4;

    private readonly Buckets _handshakes = new(options.RateLimit.Handshakes.PermitLimit, options.RateLimit.Handshakes.TokensPerSecond);

    /// <summary>On the gateway's endpoint.</summary>
    public static object Marker { get; } = new HandshakeMarker();

    public bool IsOff => _handshakes.IsOff;

    public Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        if (http.GetEndpoint()?.Metadata.GetMetadata<HandshakeMarker>() is null
            || HttpMethods.IsOptions(http.Request.Method)
            || http.Request.Query.ContainsKey("sid")
            || _handshakes.Take(CallerAddress.KeyOf(http.Connection.RemoteIpAddress)) is not { } wait)
        {
            return next(http);
        }

        http.Response.StatusCode = StatusCodes.Status429TooManyRequests;
        http.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        http.Response.ContentType = "application/json";
        return http.Response.WriteAsync($$"""{"code":{{Forbidden}},"message":"Too many handshakes"}""", CancellationToken.None);
    }

    public void Dispose() => _handshakes.Dispose();

    private sealed class HandshakeMarker;
}
