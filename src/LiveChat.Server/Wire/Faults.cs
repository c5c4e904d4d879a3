using System.Text.Json;

namespace LiveChat.Server.Wire;

/// <summary>
/// What callers are told of what was thrown, and what the operator is, the same over REST and the sockets. A refusal is the caller's
/// own affair. A write that may or may not be stored is a fault of the store, which fails many calls at once: a line a second says how
/// many. All else is a fault of the program, logged with its stack.
/// </summary>
internal sealed class Faults(ILogger<Faults> log, TimeProvider clock) : IDisposable
{
    private static readonly ChatError Unexpected = new(ErrorCodes.Internal, "Something went wrong; the trace id tells the operator where.");

    private readonly UnknownOutcomes _unknown = new(log, clock);

    /// <summary>Says what the caller is told, with the trace id that a line of the log carries too; null of a refusal.</summary>
    /// <param name="exception">What was thrown.</param>
    /// <param name="traceId">The trace of the call.</param>
    public (ChatError Error, string? TraceId) Tell(Exception exception, string traceId)
    {
        if (exception is ChatException { Error: var error })
            return (error, error.Code is ErrorCodes.Internal ? _unknown.Add(traceId, exception) : null);

        FaultLog.Unexpected(log, traceId, exception);
        return (Unexpected, traceId);
    }

    public void Dispose() => _unknown.Dispose();

    /// <summary>What a caller is told about a body that is not the JSON expected: which field, and never a type's name.</summary>
    public static ChatException Malformed(JsonException exception)
    {
        const string Message = "The body is not the JSON object expected.";

        // A path means that the JSON is well-formed so far and that one field is of the wrong kind.
        var field = exception.Path is { Length: > 2 } path && path.StartsWith("$.", StringComparison.Ordinal) ? path[2..] : null;
        var errors = field is null || field.Length > 100 || exception.InnerException is JsonException
            ? null
            : new Dictionary<string, string[]> { [field] = ["is not of the kind expected"] };
        return new ChatException(new ChatError(ErrorCodes.Validation, Message, errors), exception);
    }
}
