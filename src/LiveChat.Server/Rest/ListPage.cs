using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;
using LiveChat.Server.Wire;
using Microsoft.AspNetCore.WebUtilities;

namespace LiveChat.Server.Rest;

/// <summary>
/// A page of a list: by its number, or by the cursor of the page before, with which what has come or gone meanwhile moves nothing. The
/// cursor is the sort and the last item's place in it, and nobody else's to read.
/// </summary>
internal sealed class ListPage
{
    public const int LargestSize = 100;

    public const int DefaultSize = 20;
    private const int AtLength = 8, KeyLength = 8;

    private readonly string _sort;

    private ListPage(string sort, long offset, int size, ListPoint? after) => (_sort, Offset, Size, After) = (sort, offset, size, after);

    /// <summary>How many items to pass over.</summary>
    public long Offset { get; }

    public int Size { get; }

    /// <summary>The last item of the page before; null without a cursor.</summary>
    public ListPoint? After { get; }

    /// <param name="request">Whose query says which page.</param>
    /// <param name="sort">What a cursor must be of.</param>
    public static ListPage Of(HttpRequest request, string sort)
    {
        var errors = new FieldErrors();
        var page = errors.Number("page", request.Query["page"], absent: 0, least: 0, most: int.MaxValue);
        var size = (int)errors.Number("size", request.Query["size"], DefaultSize, 1, LargestSize);
        ListPoint? after = null;
        if (request.Query["cursor"].ToString() is { Length: > 0 } cursor && (after = Parse(cursor, sort)) is null)
            errors.Add("cursor", "must be one that a Link of this list has given");
        errors.ThrowIfAny();
        return new ListPage(sort, after is null ? page * size : 0, size, after);
    }

    /// <summary>The items of this page, of which one more was asked for; says in the answer's headers how many there are in all and where the next page is.</summary>
    public IReadOnlyList<T> Take<T>(HttpContext http, Counted<T> found, Func<T, ListPoint> pointOf)
    {
        http.Response.Headers["X-Total-Count"] = found.Total.ToString(CultureInfo.InvariantCulture);
        if (found.Items.Count <= Size)
            return found.Items;

        var items = found.Items.Take(Size).ToList();
        var query = http.Request.Query
            .Where(parameter => parameter.Key is not ("page" or "cursor" or "size"))
            .Append(new("size", Size.ToString(CultureInfo.InvariantCulture)))
            .Append(new("cursor", Cursor(pointOf(items[^1]))));
        var path = http.Request.PathBase + http.Request.Path;
        http.Response.Headers.Link = $"<{QueryHelpers.AddQueryString(path, query)}>; rel=\"next\"";
        return items;
    }

    private string Cursor(ListPoint point)
    {
        Span<byte> bytes = stackalloc byte[AtLength + KeyLength];
        BinaryPrimitives.WriteInt64BigEndian(bytes, point.At.ToUnixTimeMilliseconds());
        BinaryPrimitives.WriteInt64BigEndian(bytes[AtLength..], point.Key);
        return $"{_sort}-{Base64Url.EncodeToString(bytes)}";
    }

    private static ListPoint? Parse(string cursor, string sort)
    {
        Span<byte> bytes = stackalloc byte[AtLength + KeyLength];
        if (!cursor.StartsWith(sort + "-", StringComparison.Ordinal)
            || cursor.Length - sort.Length - 1 != Base64Url.GetEncodedLength(bytes.Length)
            || !Base64Url.TryDecodeFromChars(cursor.AsSpan(sort.Length + 1), bytes, out _))
        {
            return null;
        }

        var at = BinaryPrimitives.ReadInt64BigEndian(bytes);
        return at < DateTimeOffset.MinValue.ToUnixTimeMilliseconds() || at > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            ? null
            : new ListPoint(DateTimeOffset.FromUnixTimeMilliseconds(at), BinaryPrimitives.ReadInt64BigEndian(bytes[AtLength..]));
    }
}
