namespace LiveChat.Server.Pages;

/// <summary>Where browsers find the gateway, and what a page may do.</summary>
/// <param name="options">Whether an address is given.</param>
/// <param name="port">The gateway's own, known once it listens.</param>
internal sealed class PageGateway(PagesOptions options, Func<int> port)
{
    /// <summary>The address as an origin, without a slash at its end.</summary>
    public string Of(HttpContext http)
    {
        if (options.Gateway is { } given)
            return new Uri(given).GetLeftPart(UriPartial.Authority);

        // A client may send any host, and what is no host must not come into a header.
        var host = http.Request.Host.Host.Trim('[', ']');
        if (Uri.CheckHostName(host) is UriHostNameType.Unknown)
            host = http.Connection.LocalIpAddress?.ToString() ?? "localhost";
        return new UriBuilder(http.Request.Scheme, host, port()).Uri.GetLeftPart(UriPartial.Authority);
    }

    /// <summary>A page runs what this server serves, speaks with it and its gateway, and nobody frames it.</summary>
    public string PolicyOf(HttpContext http)
    {
        var gateway = Of(http);
        return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; manifest-src 'self'; "
            + $"connect-src 'self' {gateway} ws{gateway["http".Length..]}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    }
}
