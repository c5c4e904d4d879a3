using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace EngineIO;

/// <summary>
/// The answers to requests that cannot be served: code and text as every Engine.IO client knows them, and the one place
/// that turns them into a response.
/// </summary>
internal sealed class EngineError
{
    public static readonly EngineError UnknownTransport = new(0, "Transport unknown", StatusCodes.Status400BadRequest);
    public static readonly EngineError UnknownSession = new(1, "Session ID unknown", StatusCodes.Status400BadRequest);
    public static readonly EngineError BadHandshakeMethod = new(2, "Bad handshake method", StatusCodes.Status400BadRequest);
    public static readonly EngineError BadRequest = new(3, "Bad request", StatusCodes.Status400BadRequest);
    public static readonly EngineError Forbidden = new(4, "Forbidden", StatusCodes.Status403Forbidden);
    public static readonly EngineError UnsupportedRevision = new(5, "Unsupported protocol version", StatusCodes.Status400BadRequest);
    public static readonly EngineError TooManySessions = new(4, "Too many sessions", StatusCodes.Status503ServiceUnavailable);
    public static readonly EngineError TooManyPending = new(4, "Too many pending sessions", StatusCodes.Status503ServiceUnavailable);
    public static readonly EngineError ShuttingDown = new(4, "Server shutting down", StatusCodes.Status503ServiceUnavailable);

    /// <summary>What a handshake may be refused with.</summary>
    public static readonly IReadOnlyList<EngineError> OfHandshakes =
        [UnknownTransport, BadHandshakeMethod, BadRequest, Forbidden, UnsupportedRevision, TooManySessions, TooManyPending, ShuttingDown];

    private readonly int _status;
    private readonly byte[] _json;
    private readonly byte[] _text;

    private EngineError(int code, string message, int status)
    {
        Code = code;
        Message = message;
        _status = status;
        _json = System.Text.Encoding.UTF8.GetBytes($$"""{"code":{{code}},"message":"{{message}}"}""");
        _text = System.Text.Encoding.UTF8.GetBytes(message);
    }

    /// <summary>What it is called in metrics.</summary>
    public string Reason => Message.ToLowerInvariant();

    public int Code { get; }

    public string Message { get; }

    public Task WriteAsync(HttpContext context, bool webSocket)
    {
        var response = context.Response;
        byte[] body;
        if (webSocket)
        {
            // The reference refuses an upgrade with 400 whatever the code, text only, and ends the connection.
            response.StatusCode = _status == StatusCodes.Status403Forbidden ? StatusCodes.Status400BadRequest : _status;
            response.Headers[HeaderNames.Connection] = "close";
            response.ContentType = "text/html";
            body = _text;
        }
        else
        {
            response.StatusCode = _status;
            response.ContentType = "application/json";
            body = _json;
        }

        response.ContentLength = body.Length;
        return response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    public override string ToString() => $"{Code} {Message}";
}
