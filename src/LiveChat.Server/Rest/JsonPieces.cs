using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using LiveChat.Server.Wire;

namespace LiveChat.Server.Rest;

/// <summary>
/// An answer that may be large, written piece by piece: the next one is made when the connection has taken what was before it, so a caller
/// who does not read holds one piece and what the connection buffers. An answer of one piece leaves in one write, with its length.
/// </summary>
internal sealed class JsonPieces(HttpContext http) : IDisposable
{
    private const int Size = 32 * 1024;

    private readonly JsonBuffer _buffer = JsonBuffer.Take();
    private bool _begun;

    public Utf8JsonWriter Json => _buffer.Writer;

    /// <summary>A list that is the whole answer.</summary>
    public static async Task WriteListAsync<TItem, TBody>(
        HttpContext http, IReadOnlyList<TItem> items, Func<TItem, TBody> bodyOf, JsonTypeInfo<TBody> type)
    {
        using var pieces = new JsonPieces(http);
        pieces.Json.WriteStartArray();
        await pieces.AddAsync(items, bodyOf, type);
        pieces.Json.WriteEndArray();
        await pieces.CompleteAsync();
    }

    /// <summary>Adds items to the list that was begun.</summary>
    public async ValueTask AddAsync<TItem, TBody>(IReadOnlyList<TItem> items, Func<TItem, TBody> bodyOf, JsonTypeInfo<TBody> type)
    {
        foreach (var item in items)
        {
            JsonSerializer.Serialize(Json, bodyOf(item), type);
            await SendFullAsync();
        }
    }

    /// <summary>Sends what is written so far, if it is a piece, and waits until there is room for the next.</summary>
    public ValueTask SendFullAsync() => _buffer.Length < Size ? ValueTask.CompletedTask : SendAsync();

    /// <summary>Sends the rest.</summary>
    public ValueTask CompleteAsync()
    {
        if (!_begun)
        {
            Json.Flush();
            http.Response.ContentLength = _buffer.Bytes.Length;
        }

        return SendAsync();
    }

    public void Dispose() => _buffer.Dispose();

    private async ValueTask SendAsync()
    {
        if (!_begun)
        {
            _begun = true;
            http.Response.ContentType = "application/json; charset=utf-8";
        }

        Json.Flush();
        http.Response.BodyWriter.Write(_buffer.Bytes.Span);
        _buffer.NextPart();
        if (http.Response.ContentLength is null)
            await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
    }
}
