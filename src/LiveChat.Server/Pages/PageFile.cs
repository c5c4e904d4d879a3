using System.Net.Mime;
using System.Security.Cryptography;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace LiveChat.Server.Pages;

/// <summary>One file that browsers load, in the encodings that it was compressed in when it was built.</summary>
/// <param name="entry">What the manifest says of it.</param>
/// <param name="bytes">As it is.</param>
/// <param name="gzip">Compressed; null where that would be no smaller.</param>
/// <param name="brotli">Compressed; null where that would be no smaller.</param>
internal sealed class PageFile(PageEntry entry, byte[] bytes, byte[]? gzip, byte[]? brotli)
{
    private readonly string _hash = Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 12));

    public string Path => entry.Path;

    public PagePart Part => entry.Part;

    /// <summary>Whether its name changes with what is in it, so that a browser may keep it for good.</summary>
    public bool IsHashed => entry.IsHashed;

    public bool IsPage => entry.Type.StartsWith(MediaTypeNames.Text.Html, StringComparison.Ordinal);

    /// <summary>Answers with the form that the caller likes best, of equal ones the smallest, or with 304 where it has that already.</summary>
    public async Task WriteAsync(HttpContext http)
    {
        var (content, encoding) = Choose(http.Request.Headers.AcceptEncoding);
        var tag = new EntityTagHeaderValue(encoding is null ? $"\"{_hash}\"" : $"\"{_hash}-{encoding}\"");
        var headers = http.Response.Headers;
        headers.ETag = tag.ToString();
        headers.Vary = HeaderNames.AcceptEncoding;
        headers.CacheControl = IsHashed ? "public, max-age=31536000, immutable" : "no-cache";
        if (EntityTagHeaderValue.TryParseList(http.Request.Headers.IfNoneMatch, out var known)
            && known.Any(one => one.Equals(EntityTagHeaderValue.Any) || one.Compare(tag, useStrongComparison: false)))
        {
            http.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        headers.ContentEncoding = encoding;
        http.Response.ContentType = entry.Type;
        http.Response.ContentLength = content.Length;
        await http.Response.Body.WriteAsync(content, http.RequestAborted);
    }

    private (byte[] Content, string? Encoding) Choose(StringValues accepted)
    {
        if (!StringWithQualityHeaderValue.TryParseList(accepted, out var encodings))
            return (bytes, null);
        var (ofBrotli, ofGzip) = (brotli is null ? 0 : Quality("br"), gzip is null ? 0 : Quality("gzip"));
        if (ofBrotli > 0 && ofBrotli >= ofGzip)
            return (brotli!, "br");
        return ofGzip > 0 ? (gzip!, "gzip") : (bytes, null);

        // RFC 9110, 12.5.3: what is named counts before the asterisk, and without a weight it is wanted most.
        double Quality(string encoding) => (Find(encoding) ?? Find("*")) is { } one ? one.Quality ?? 1 : 0;

        StringWithQualityHeaderValue? Find(string encoding) =>
            encodings.FirstOrDefault(one => one.Value.Equals(encoding, StringComparison.OrdinalIgnoreCase));
    }
}
