using System.Net;
using System.Security.Claims;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.WebUtilities;

namespace EngineIO;

/// <summary>
/// What the first request of a session said, copied so that nothing of the request itself is kept alive. Immutable.
/// Query and headers are kept as bytes and parsed at each use: most sessions are asked once, and all of them are kept for hours.
/// </summary>
public sealed class HandshakeRequest
{
    private static readonly ClaimsPrincipal Anonymous = new(new ClaimsIdentity());

    // The path and query, then a line for each header.
    private readonly byte[] _text;

    internal HandshakeRequest(HttpContext context, DateTimeOffset time)
    {
        var request = context.Request;
        var text = new StringBuilder(512);
        text.Append(request.GetEncodedPathAndQuery());
        foreach (var (name, values) in request.Headers)
            text.Append('\n').Append(name).Append(':').Append(values.ToString());
        _text = Encoding.UTF8.GetBytes(text.ToString());
        Address = context.Connection.RemoteIpAddress;
        Secure = request.IsHttps;
        User = context.User.Identity?.IsAuthenticated == true ? context.User : Anonymous;
        Time = time;
    }

    /// <summary>The query; of a key that comes more than once the last value. Includes <c>EIO</c> and <c>transport</c>. Parsed at each call.</summary>
    public IReadOnlyDictionary<string, string> Query
    {
        get
        {
            var url = Url;
            var mark = url.IndexOf('?', StringComparison.Ordinal);
            var query = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var pair in new QueryStringEnumerable(mark < 0 ? "" : url[mark..]))
                query[pair.DecodeName().ToString()] = pair.DecodeValue().ToString();
            return query;
        }
    }

    /// <summary>The headers, by lower-case name. Parsed at each call.</summary>
    public IReadOnlyDictionary<string, string> Headers
    {
        get
        {
            var headers = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var line in Encoding.UTF8.GetString(_text).Split('\n').Skip(1))
            {
                var colon = line.IndexOf(':', 1);
                headers[line[..colon].ToLowerInvariant()] = line[(colon + 1)..];
            }

            return headers;
        }
    }

    /// <summary>The client's address as ASP.NET Core knows it, so behind a proxy the result of its forwarded-headers middleware.</summary>
    public IPAddress? Address { get; }

    /// <summary>Path and query.</summary>
    public string Url
    {
        get
        {
            var end = _text.AsSpan().IndexOf((byte)'\n');
            return Encoding.UTF8.GetString(end < 0 ? _text : _text.AsSpan(0, end));
        }
    }

    /// <summary>Whether the request came over TLS.</summary>
    public bool Secure { get; }

    /// <summary>The principal that authentication found; an anonymous one otherwise.</summary>
    public ClaimsPrincipal User { get; }

    /// <summary>When the handshake came.</summary>
    public DateTimeOffset Time { get; }
}
