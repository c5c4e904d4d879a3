using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using LiveChat.Server.Security;
using LiveChat.Server.Wire;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.WebUtilities;

namespace LiveChat.Server.Rest;

/// <summary>The one place where a refusal becomes an HTTP answer.</summary>
internal sealed class Problems(Faults faults)
{
    public const string ContentType = "application/problem+json";

    public static int StatusOf(string code) => code switch
    {
        ErrorCodes.Validation => StatusCodes.Status400BadRequest,
        ErrorCodes.Unauthenticated => StatusCodes.Status401Unauthorized,
        ErrorCodes.Forbidden => StatusCodes.Status403Forbidden,
        ErrorCodes.NotFound => StatusCodes.Status404NotFound,
        ErrorCodes.MethodNotAllowed => StatusCodes.Status405MethodNotAllowed,
        ErrorCodes.Conflict => StatusCodes.Status409Conflict,
        ErrorCodes.Gone => StatusCodes.Status410Gone,
        ErrorCodes.PayloadTooLarge => StatusCodes.Status413PayloadTooLarge,
        ErrorCodes.UnsupportedMediaType => StatusCodes.Status415UnsupportedMediaType,
        ErrorCodes.AgentAtCapacity or ErrorCodes.NotAccepted or ErrorCodes.IdempotencyMismatch =>
            StatusCodes.Status422UnprocessableEntity,
        ErrorCodes.RateLimited => StatusCodes.Status429TooManyRequests,
        ErrorCodes.Unavailable => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status500InternalServerError,
    };

    /// <summary>
    /// The outermost step of a request, one asynchronous layer for what the framework has two of: what is thrown within it becomes an
    /// answer, and a bare status, as of an unknown path or a wrong method, gets a body. An answer that has begun cannot be taken back:
    /// what is thrown then goes on to the web server, which logs it and cuts the connection.
    /// </summary>
    public async Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        AnswerHeaders.Set(http);
        try
        {
            await next(http);
            if (IsBare(http.Response))
                await WriteAsync(http, OfStatus(http.Response.StatusCode), http.Response.StatusCode);
        }
        catch (Exception exception) when (HasLeft(http, exception))
        {
            // Nobody is there to read an answer.
            if (!http.Response.HasStarted)
                http.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
        }
        catch (Exception exception) when (!http.Response.HasStarted)
        {
            StartAnew(http);
            await WriteAsync(http, exception);
        }
    }

    /// <summary>The answer to a request that came to no endpoint: the problem of a status, as JSON.</summary>
    public static byte[] BodyOf(int status)
    {
        var error = OfStatus(status);
        return JsonSerializer.SerializeToUtf8Bytes(Body(error, status, traceId: null), Json.Wire.ProblemBody);
    }

    public static string TitleOf(int status) => ReasonPhrases.GetReasonPhrase(status);

    /// <summary>Whether it was thrown because the caller is not there any more. A connection that is reset may say so before the request does.</summary>
    private static bool HasLeft(HttpContext http, Exception exception) => exception
        is ConnectionResetException
        or ConnectionAbortedException
        || (exception is OperationCanceledException or IOException && http.RequestAborted.IsCancellationRequested);

    private static bool IsBare(HttpResponse response) =>
        response is { StatusCode: >= 400 and < 600, HasStarted: false, ContentLength: null } && string.IsNullOrEmpty(response.ContentType);

    /// <summary>Takes back what was said until now, and has no cache keep what comes instead.</summary>
    private static void StartAnew(HttpContext http)
    {
        http.Response.Clear();
        AnswerHeaders.Set(http);
        http.Response.Headers.CacheControl = "no-store";
    }

    private Task WriteAsync(HttpContext http, Exception exception)
    {
        if (exception is BadHttpRequestException bad)
            return WriteAsync(http, OfStatus(bad.StatusCode), bad.StatusCode);
        if (exception is ChatException { RetryAfter: { } wait })
            http.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);

        var (error, traceId) = faults.Tell(exception, Activity.Current?.TraceId.ToString() ?? http.TraceIdentifier);
        return WriteAsync(http, error, traceId: traceId);
    }

    private static Task WriteAsync(HttpContext http, ChatError error, int? status = null, string? traceId = null)
    {
        var code = status ?? StatusOf(error.Code);
        http.Response.StatusCode = code;
        if (code == StatusCodes.Status401Unauthorized)
            http.Response.Headers.WWWAuthenticate = "Bearer";

        // Without a token: a caller who leaves meanwhile is no fault.
        return http.Response.WriteAsJsonAsync(Body(error, code, traceId), Json.Wire.ProblemBody, ContentType, CancellationToken.None);
    }

    private static ProblemBody Body(ChatError error, int status, string? traceId) =>
        new("about:blank", TitleOf(status), status, error.Code, error.Message, error.Fields, traceId);

    private static ChatError OfStatus(int status) => status switch
    {
        StatusCodes.Status404NotFound => new(ErrorCodes.NotFound, "There is nothing at this path."),
        StatusCodes.Status405MethodNotAllowed => new(ErrorCodes.MethodNotAllowed, "This path does not take that method."),
        StatusCodes.Status413PayloadTooLarge => new(ErrorCodes.PayloadTooLarge, "The body is too large."),
        StatusCodes.Status415UnsupportedMediaType => new(ErrorCodes.UnsupportedMediaType, "The body must be application/json in UTF-8."),
        StatusCodes.Status408RequestTimeout => new(ErrorCodes.Validation, "The request did not come to its end in time."),
        StatusCodes.Status414UriTooLong => new(ErrorCodes.Validation, "The URI is too long."),
        StatusCodes.Status431RequestHeaderFieldsTooLarge => new(ErrorCodes.Validation, "The headers are too large."),
        StatusCodes.Status505HttpVersionNotsupported => new(ErrorCodes.Validation, "The version of HTTP must be 1.1 or 1.0."),
        >= 400 and < 500 => new(ErrorCodes.Validation, "The request is malformed."),
        _ => new(ErrorCodes.Internal, "Something went wrong; the trace id tells the operator where."),
    };
}
