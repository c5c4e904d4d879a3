using Microsoft.AspNetCore.Http;

namespace EngineIO;

/// <summary>A request that was refused, as <c>connection_error</c> of the reference server tells of it.</summary>
/// <param name="Context">The request; not to be used after the call, and not to be answered.</param>
/// <param name="Code">The protocol's code: 0 transport unknown, 1 session unknown, 2 bad handshake method, 3 bad request, 4 forbidden or over a limit, 5 unsupported protocol version.</param>
/// <param name="Message">What the client is told.</param>
public sealed record ConnectionError(HttpContext Context, int Code, string Message);
