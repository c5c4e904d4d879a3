using System.Text.Json;

namespace LiveChat.Server.Wire;

/// <summary>What callers are told of what was thrown, the same over REST and the sockets.</summary>
internal static class Faults
{
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
