using System.Globalization;
using LiveChat.Server.Wire;

namespace LiveChat.Server.Rest;

/// <summary>The parts of a log: <c>limit</c>, <c>before</c> and <c>after</c>.</summary>
internal static class Paging
{
    public const int LargestLimit = 500;

    public static LogRange Range(HttpRequest request, int defaultLimit)
    {
        var errors = new FieldErrors();
        var limit = (int)errors.Number("limit", request.Query["limit"], defaultLimit, 1, LargestLimit);
        var after = errors.Number("after", request.Query["after"], -1, 0, long.MaxValue);
        var before = errors.Number("before", request.Query["before"], -1, 0, long.MaxValue);
        errors.ThrowIfAny();
        return new LogRange(after < 0 ? null : after, before < 0 ? null : before, limit);
    }

    /// <summary>RFC 8288: where the pages beside this one are, as paths, since a proxy may have another host name.</summary>
    public static void Link<T>(HttpContext http, LogPage<T> page, LogRange range)
        where T : ConversationEvent
    {
        var links = new List<string>(2);
        var path = http.Request.PathBase + http.Request.Path;
        var (first, last) = page.Items.Count > 0 ? (page.Items[0].Sequence, page.Items[^1].Sequence) : (range.Edge, range.Edge - 1);
        if (page.HasOlder)
            links.Add(Link($"before={Number(first)}", "prev"));
        if (page.HasNewer)
        {
            // Read forward within a range, the next page ends where this range ends.
            var end = range is { After: not null, Before: { } before } ? $"&before={Number(before)}" : "";
            links.Add(Link($"after={Number(last)}{end}", "next"));
        }

        if (links.Count > 0)
            http.Response.Headers.Link = string.Join(", ", links);

        string Link(string position, string relation) =>
            $"<{path}?{position}&limit={Number(range.Limit)}>; rel=\"{relation}\"";
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
