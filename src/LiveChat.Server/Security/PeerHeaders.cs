using System.Net;
using Microsoft.Extensions.Primitives;

namespace LiveChat.Server.Security;

/// <summary>
/// What only certain peers may say: whom a proxy has authenticated, and whose request it passes on. The first step of a request. From a peer
/// that is not listed these headers count for nothing, so they are taken off, and nobody after this step has to ask where they came from.
/// </summary>
internal sealed class PeerHeaders(SecurityOptions options)
{
    /// <summary>Stands for the user where one of these headers came twice: it is no id, so it is refused as a bad credential.</summary>
    public const string Ambiguous = "\u0001";

    private readonly Networks _forwardedFrom = new(options.ForwardedFrom);
    private readonly Networks _authenticatedBy = new(options.Modes.HasFlag(AuthenticationModes.Proxy) ? options.Proxy.TrustedNetworks : []);
    private readonly ProxyOptions _proxy = options.Proxy;
    private readonly bool _isProxyOn = options.Modes.HasFlag(AuthenticationModes.Proxy);

    public bool IsNeeded => _isProxyOn || !_forwardedFrom.IsEmpty;

    public Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        var peer = http.Connection.RemoteIpAddress;
        if (_isProxyOn)
            KeepIdentity(http.Request.Headers, _authenticatedBy.Contains(peer));
        if (_forwardedFrom.Contains(peer))
            http.Connection.RemoteIpAddress = ClientOf(http.Request.Headers, peer!);
        return next(http);
    }

    private void KeepIdentity(IHeaderDictionary headers, bool isTrusted)
    {
        if (isTrusted)
        {
            // One may be the client's own, which the proxy passed on beside its own.
            if (headers[_proxy.UserHeader].Count > 1 || headers[_proxy.NameHeader].Count > 1 || headers[_proxy.RolesHeader].Count > 1)
                headers[_proxy.UserHeader] = Ambiguous;
            return;
        }

        headers.Remove(_proxy.UserHeader);
        headers.Remove(_proxy.NameHeader);
        headers.Remove(_proxy.RolesHeader);
    }

    /// <summary>
    /// Each proxy adds at the end whom it got the request from. Read from there, what listed peers say is believed up to the first address
    /// that is not one of theirs: what stands before it may be anybody's invention.
    /// </summary>
    private IPAddress ClientOf(IHeaderDictionary headers, IPAddress peer)
    {
        var chain = headers.TryGetValue("Forwarded", out var forwarded) ? For(forwarded) : Split(headers["X-Forwarded-For"]);
        var client = peer;
        for (var i = chain.Count - 1; i >= 0; i--)
        {
            if (!TryParseNode(chain[i], out var address))
                return client;
            client = address;
            if (!_forwardedFrom.Contains(address))
                return client;
        }

        return client;
    }

    /// <summary>The <c>for=</c> of each element of RFC 7239's header.</summary>
    private static List<string> For(StringValues header)
    {
        var nodes = new List<string>();
        foreach (var element in Split(header))
        {
            var node = "";
            foreach (var pair in element.Split(';', StringSplitOptions.TrimEntries))
            {
                if (pair.StartsWith("for=", StringComparison.OrdinalIgnoreCase))
                    node = pair[4..].Trim('"');
            }

            nodes.Add(node);
        }

        return nodes;
    }

    private static List<string> Split(StringValues header) =>
        [.. header.SelectMany(value => (value ?? "").Split(',', StringSplitOptions.TrimEntries))];

    /// <summary>An address with or without a port, an IPv6 one in brackets where there is a port.</summary>
    private static bool TryParseNode(string node, out IPAddress address)
    {
        if (IPAddress.TryParse(node, out address!) && !node.StartsWith('['))
            return true;
        if (node.StartsWith('[') && node.IndexOf(']', StringComparison.Ordinal) is var end and > 0)
            return IPAddress.TryParse(node.AsSpan(1, end - 1), out address!);
        return node.IndexOf(':', StringComparison.Ordinal) is var port and > 0 && IPAddress.TryParse(node.AsSpan(0, port), out address!);
    }
}
