using System.Buffers;
using System.Text.Json.Serialization.Metadata;
using LiveChat.Server.Wire;

namespace LiveChat.Server.Rest;

/// <summary>
/// One object as the answer, of known length: head and body leave in one write. The framework's own result streams, which takes a
/// write for the body and another for the end of it. What may be large is written as <see cref="JsonPieces"/>.
/// </summary>
internal sealed class JsonAnswer<T>(T value, JsonTypeInfo<T> type, int statusCode) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        JsonAnswer.Write(httpContext.Response, value, type, statusCode);
        return Task.CompletedTask;
    }
}

internal static class JsonAnswer
{
    public static JsonAnswer<T> Of<T>(T value, JsonTypeInfo<T> type, int statusCode = StatusCodes.Status200OK) => new(value, type, statusCode);

    /// <summary>The same where no result is given back.</summary>
    public static void Write<T>(HttpResponse response, T value, JsonTypeInfo<T> type, int statusCode)
    {
        using var json = JsonBuffer.Write(value, type);
        var body = json.Bytes.Span;
        response.StatusCode = statusCode;
        response.ContentType = "application/json; charset=utf-8";
        response.ContentLength = body.Length;
        response.BodyWriter.Write(body);
    }
}
