using System.Net;
using System.Security.Claims;
using System.Text.Json;
using EngineIO;

namespace SocketIO;

/// <summary>What a client said when it connected: the first request of its session, and the <c>auth</c> of its CONNECT packet. Immutable.</summary>
public sealed class Handshake
{
    internal static readonly JsonElement EmptyObject = JsonElement.Parse("{}"u8);

    private readonly HandshakeRequest _request;
    private readonly IReadOnlyDictionary<string, string>? _query;

    internal Handshake(HandshakeRequest request, IReadOnlyDictionary<string, string>? query, JsonElement? auth)
    {
        _request = request;
        _query = query;
        Auth = auth ?? EmptyObject;
    }

    /// <summary>The query of the session's first request; of a key that comes more than once the last value. Clients of protocol 4 add the query of the namespace. Parsed at each call: keep what you need.</summary>
    public IReadOnlyDictionary<string, string> Query => _query ?? _request.Query;

    /// <summary>The <c>auth</c> object; an empty one when there is none. For clients of protocol 4 the query of the namespace.</summary>
    public JsonElement Auth { get; }

    /// <summary>The headers of the session's first request, by lower-case name. Parsed at each call: keep what you need.</summary>
    public IReadOnlyDictionary<string, string> Headers => _request.Headers;

    /// <summary>The client's address as ASP.NET Core knows it.</summary>
    public IPAddress? Address => _request.Address;

    /// <summary>When the session began.</summary>
    public DateTimeOffset Time => _request.Time;

    /// <summary>Path and query of the session's first request.</summary>
    public string Url => _request.Url;

    /// <summary>Whether that came over TLS.</summary>
    public bool Secure => _request.Secure;

    /// <summary>Whether it came from a page of another origin, or rather: whether it names one.</summary>
    public bool CrossDomain => Headers.ContainsKey("origin");

    /// <summary>The principal of the session's first request.</summary>
    public ClaimsPrincipal User => _request.User;
}
