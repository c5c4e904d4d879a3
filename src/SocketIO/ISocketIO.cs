using System.Text.Json;
using System.Text.RegularExpressions;
using EngineIO;

namespace SocketIO;

/// <summary>The Socket.IO server: the way to its namespaces, from anywhere by injection. A singleton; all members may be called from any thread.</summary>
public interface ISocketIO
{
    /// <summary>Gets a namespace, which is registered by the first call. Register namespaces and their handlers before the application starts: a client of one that is not registered is refused.</summary>
    /// <param name="name">The name, beginning with a slash; <c>/</c> is the main namespace.</param>
    INamespace Of(string name);

    /// <summary>
    /// Registers a family of namespaces. Each is made with the handlers and middlewares registered here when its first
    /// client comes, and removed when its last has gone. Emitting through the returned object reaches all of them.
    /// </summary>
    /// <param name="pattern">Matched against the name; anchor it, or clients may choose names without end, up to <see cref="SocketIOOptions.MaxDynamicNamespaces"/>.</param>
    INamespace OfPattern(Regex pattern);

    /// <summary>As <see cref="OfPattern"/>, with a predicate of the name and the client's <c>auth</c> object.</summary>
    INamespace OfMatching(Func<string, JsonElement, bool> predicate);

    /// <summary>
    /// Adds a listener that hears of each HTTP request that is refused before it is a connection: an unknown session, a
    /// forbidden origin, a limit. It runs on the thread of the request and must not block. Refusals by middleware are not among
    /// them: those are the application's own.
    /// </summary>
    ISocketIO OnConnectionError(Action<ConnectionError> listener);

    /// <summary>Connections open now, whatever namespaces they have joined.</summary>
    int ConnectionCount { get; }
}
