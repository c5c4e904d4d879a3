using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Routing;

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
}
