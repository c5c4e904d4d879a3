using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using LiveChat.Server.Wire;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace LiveChat.Server.Rest;

/// <summary>Reads a request's JSON object, within the limits of the contract and with an answer for each way it can be wrong.</summary>
internal static class JsonBody
{
    /// <summary>The largest body.</summary>
    public const int MaxBytes = 64 * 1024;

    /// <summary>How much of a body that is too large is read and thrown away, so that its sender gets to read the answer.</summary>
    public const int MaxDiscardedBytes = 8 * 1024 * 1024;

    /// <summary>The body, which must be there.</summary>
    public static async ValueTask<T> ReadAsync<T>(HttpContext http, JsonTypeInfo<T> type)
        where T : class =>
        await ReadOptionalAsync(http, type) ?? throw NotAnObject();

    /// <summary>The body, or null when there is none.</summary>
    public static async ValueTask<T?> ReadOptionalAsync<T>(HttpContext http, JsonTypeInfo<T> type)
        where T : class
    {
        // What is known to be too large is not waited for; the web server reads on what still comes of it.
        if (http.Request.ContentLength is > MaxBytes and <= MaxDiscardedBytes)
            throw TooLarge();

        var reader = http.Request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(http.RequestAborted);
            if (read.Buffer.Length > MaxBytes)
            {
                reader.AdvanceTo(read.Buffer.End);
                await DiscardAsync(http, read.Buffer.Length);
                throw TooLarge();
            }

            if (!read.IsCompleted)
            {
                reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                continue;
            }

            try
            {
                return Parse(http.Request, read.Buffer, type);
            }
            finally
            {
                reader.AdvanceTo(read.Buffer.End);
            }
        }
    }

    private static T? Parse<T>(HttpRequest request, ReadOnlySequence<byte> body, JsonTypeInfo<T> type)
        where T : class
    {
        if (body.IsEmpty)
            return null;

        RefuseOtherTypes(request);

        // Asked of the whole, because the parser looks only at the values that somebody reads.
        var json = body.IsSingleSegment ? body.FirstSpan : body.ToArray();
        if (!Utf8.IsValid(json))
            throw new ChatException(new ChatError(ErrorCodes.Validation, "The body must be UTF-8."));

        try
        {
            var start = Reader(json);
            start.Read();
            return start.TokenType is JsonTokenType.StartObject ? JsonSerializer.Deserialize(json, type) : throw NotAnObject();
        }
        catch (JsonException exception)
        {
            // A field is at fault only in an object that is well-formed to its end.
            RefuseMalformed(json);
            throw Faults.Malformed(exception);
        }
    }

    /// <exception cref="ChatException">The first value is no JSON, or too deep.</exception>
    private static void RefuseMalformed(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = Reader(json);
            reader.Read();
            reader.Skip();
        }
        catch (JsonException exception)
        {
            throw Faults.Malformed(exception);
        }
    }

    private static Utf8JsonReader Reader(ReadOnlySpan<byte> json) => new(json, new JsonReaderOptions { MaxDepth = Json.MaxDepth });

    private static void RefuseOtherTypes(HttpRequest request)
    {
        if (!StringValues.IsNullOrEmpty(request.Headers.ContentEncoding) && request.Headers.ContentEncoding != "identity")
            throw new ChatException(new ChatError(ErrorCodes.UnsupportedMediaType, "The body must not be compressed."));
        if (string.IsNullOrEmpty(request.ContentType) || request.ContentType == "application/json")
            return;

        var isJson = MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            && (type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
                || (type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase)))
            && (!type.Charset.HasValue || type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase) || type.Charset.Equals("\"utf-8\"", StringComparison.OrdinalIgnoreCase));
        if (!isJson)
            throw new ChatException(new ChatError(ErrorCodes.UnsupportedMediaType, "The body must be application/json in UTF-8."));
    }

    private static async ValueTask DiscardAsync(HttpContext http, long soFar)
    {
        while (soFar < MaxDiscardedBytes)
        {
            var read = await http.Request.BodyReader.ReadAsync(http.RequestAborted);
            soFar += read.Buffer.Length;
            http.Request.BodyReader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                return;
        }

        http.Response.CloseConnection();
    }

    private static ChatException TooLarge() => new(new ChatError(ErrorCodes.PayloadTooLarge, $"The body must be at most {MaxBytes} bytes."));

    private static ChatException NotAnObject() =>
        new(new ChatError(ErrorCodes.Validation, "The body must be a JSON object."));
}
