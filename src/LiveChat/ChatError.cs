namespace LiveChat;

/// <summary>
/// A refusal: a machine's word and a sentence for a person. The words are the closed vocabulary of the API; each edge maps
/// them once (REST to a status, the socket to an acknowledgement).
/// </summary>
/// <param name="Code">One of <see cref="ErrorCodes"/>.</param>
/// <param name="Message">Safe to show: never a path, SQL, a type name or what a person wrote.</param>
/// <param name="Fields">For <c>validation</c>: what is wrong with each field, by its name on the wire.</param>
public sealed record ChatError(string Code, string Message, IReadOnlyDictionary<string, string[]>? Fields = null)
{
    public static ChatError NotFound { get; } = new(ErrorCodes.NotFound, "There is no such conversation.");

    public static ChatError NotYours { get; } = new(ErrorCodes.Forbidden, "This conversation is not yours.");

    public static ChatError Unauthenticated { get; } = new(ErrorCodes.Unauthenticated, "This call needs a credential.");

    public static ChatError AnotherNamed { get; } = new(ErrorCodes.Forbidden, "The call names somebody else than its credential.");

    public static ChatError RoleForbidden { get; } = new(ErrorCodes.Forbidden, "Your role may not do this.");

    public static ChatError AcceptedByAnother { get; } = new(ErrorCodes.Conflict, "Conversation is no longer available to accept.");

    public static ChatError Closed { get; } = new(ErrorCodes.Gone, "The conversation is closed.");

    public static ChatError EntryExpired { get; } = new(ErrorCodes.Gone, "The queue entry has expired.");

    public static ChatError NotAccepted { get; } = new(ErrorCodes.NotAccepted, "No agent has accepted this conversation.");

    public static ChatError IdempotencyMismatch { get; } =
        new(ErrorCodes.IdempotencyMismatch, "This client message id was used for other content.");

    public static ChatError Unavailable { get; } = new(ErrorCodes.Unavailable, "The store is not available; nothing was stored.");

    public static ChatError AtCapacity(int limit) =>
        new(ErrorCodes.AgentAtCapacity, $"The agent already holds {limit} active conversations.");

    public static ChatError Validation(string field, string problem) =>
        new(ErrorCodes.Validation, $"{field}: {problem}", new Dictionary<string, string[]> { [field] = [problem] });
}

/// <summary>The words of <see cref="ChatError.Code"/>; also of the problem bodies that REST and the gateway make themselves.</summary>
public static class ErrorCodes
{
    public const string Validation = "validation";
    public const string Unauthenticated = "unauthenticated";
    public const string Forbidden = "forbidden";
    public const string NotFound = "not_found";
    public const string MethodNotAllowed = "method_not_allowed";
    public const string Conflict = "conflict";
    public const string Gone = "gone";
    public const string PayloadTooLarge = "payload_too_large";
    public const string UnsupportedMediaType = "unsupported_media_type";
    public const string AgentAtCapacity = "agent_at_capacity";
    public const string NotAccepted = "not_accepted";
    public const string IdempotencyMismatch = "idempotency_mismatch";
    public const string RateLimited = "rate_limited";
    public const string Internal = "internal";
    public const string Unavailable = "unavailable";
    public const string TokenExpired = "token_expired";
    public const string UnknownEvent = "unknown_event";
}

/// <summary>Carries a <see cref="ChatError"/> from where it is found to the edge that answers. Nothing between catches it.</summary>
public sealed class ChatException(ChatError error, Exception? innerException = null) : Exception(error.Message, innerException)
{
    public ChatError Error { get; } = error;

    /// <summary>For <c>rate_limited</c>: how long to wait.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
