using EngineIO.Transports;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace EngineIO;

/// <summary>Maps an <see cref="EngineServer"/> to a path.</summary>
public static class EngineEndpoints
{
    /// <summary>
    /// Serves Engine.IO at the path, with and without a trailing slash, whatever the method: preflight requests reach the
    /// CORS middleware through it too. Request timeouts are off for it, since polls and WebSockets last by design.
    /// </summary>
    /// <param name="endpoints">Where to add the endpoint.</param>
    /// <param name="path">The path, for instance <c>/engine.io</c>.</param>
    /// <param name="server">The server; it is not disposed with the application.</param>
    /// <returns>The endpoint, for CORS, rate limits, authorization and other conventions.</returns>
    public static IEndpointConventionBuilder MapEngineIO(this IEndpointRouteBuilder endpoints, string path, EngineServer server) =>
        endpoints.Map(path.TrimEnd('/'), server.HandleAsync).WithMetadata(new DisableRequestTimeoutAttribute());

    /// <summary>
    /// Lets WebSockets that this listener accepts leave HTTP behind once their handshake is done: routing, CORS, authorization and
    /// the other middleware see the handshake as ever, the request ends with its 101, and the session goes on over the connection
    /// beneath. That frees what a web server keeps for a request, most of the memory of an idle connection.
    /// </summary>
    /// <remarks>
    /// Without TLS only: above it there is no connection beneath, and WebSockets stay in their requests as without this. What
    /// counts or limits requests sees the handshake alone, and so does Kestrel's <c>MaxConcurrentUpgradedConnections</c>; the limit
    /// of the sessions is <see cref="EngineOptions.MaxSessions"/>. Connection middleware added after this is passed by in the
    /// same way and must not change the bytes.
    /// </remarks>
    public static ListenOptions UseWebSocketHandover(this ListenOptions listen)
    {
        listen.Use(next => connection => ConnectionHandover.ServeAsync(connection, next));
        return listen;
    }
}
