using System.Diagnostics;
using System.Globalization;
using LiveChat.Server.Wire;

namespace LiveChat.Server.Rest;

/// <summary>The one place where a refusal becomes an HTTP answer.</summary>
internal sealed class Problems(ILogger<Problems> log)
{
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
        try
        {
            await next(http);
            if (IsBare(http.Response))
                await WriteAsync(http, OfStatus(http.Response.StatusCode), http.Response.StatusCode);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException && http.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to read an answer.
            if (!http.Response.HasStarted)
                http.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
        }
        catch (Exception exception) when (!http.Response.HasStarted)
        {
            StartAnew(http.Response);
            await WriteAsync(http, exception);
        }
    }

    private static bool IsBare(HttpResponse response) =>
        response is { StatusCode: >= 400 and < 600, HasStarted: false, ContentLength: null } && string.IsNullOrEmpty(response.ContentType);

    /// <summary>Takes back what was said until now, and has no cache keep what comes instead.</summary>
    private static void StartAnew(HttpResponse response)
    {
        response.Clear();
        response.Headers.CacheControl = "no-cache,no-store";
        response.Headers.Pragma = "no-cache";
        response.Headers.Expires = "-1";
    }

    private Task WriteAsync(HttpContext http, Exception exception)
    {
        switch (exception)
        {
            case ChatException { Error.Code: not ErrorCodes.Internal } refused:
                if (refused.RetryAfter is { } wait)
                    http.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
                return WriteAsync(http, refused.Error);
            case BadHttpRequestException bad:
                return WriteAsync(http, OfStatus(bad.StatusCode), bad.StatusCode);
            default:
                var traceId = Activity.Current?.TraceId.ToString() ?? http.TraceIdentifier;
                FaultLog.Unexpected(log, traceId, exception);
                return WriteAsync(http, (exception as ChatException)?.Error ?? OfStatus(StatusCodes.Status500InternalServerError), traceId: traceId);
        }
    }

    private static Task WriteAsync(HttpContext http, ChatError error, int? status = null, string? traceId = null)
    {
        var code = status ?? StatusOf(error.Code);
        http.Response.StatusCode = code;
        var title = Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(code);

        // Without a token: a caller who leaves meanwhile is no fault.
        return http.Response.WriteAsJsonAsync(
            new ProblemBody("about:blank", title, code, error.Code, error.Message, error.Fields, traceId),
            Json.Wire.ProblemBody,
            "application/problem+json",
            CancellationToken.None);
    }

    private static ChatError OfStatus(int status) => status switch
    {
        StatusCodes.Status404NotFound => new(ErrorCodes.NotFound, "There is nothing at this path."),
        StatusCodes.Status405MethodNotAllowed => new(ErrorCodes.MethodNotAllowed, "This path does not take that method."),
        StatusCodes.Status413PayloadTooLarge => new(ErrorCodes.PayloadTooLarge, "The body is too large."),
        StatusCodes.Status415UnsupportedMediaType => new(ErrorCodes.UnsupportedMediaType, "The body must be application/json in UTF-8."),
        >= 400 and < 500 => new(ErrorCodes.Validation, "The request is malformed."),
        _ => new(ErrorCodes.Internal, "Something went wrong; the trace id tells the operator where."),
    };
}
