namespace LiveChat.Server.Documents;

/// <summary>What each code of an error means, for who reads the documents.</summary>
internal static class ErrorWords
{
    /// <summary>The codes that only sockets have.</summary>
    public static readonly IReadOnlyList<string> OfSocketsAlone = [ErrorCodes.TokenExpired, ErrorCodes.UnknownEvent];

    /// <summary>Every code that there is.</summary>
    public static IEnumerable<string> Codes => Meanings.Keys;

    private static readonly Dictionary<string, string> Meanings = new()
    {
        [ErrorCodes.Validation] = "A field is missing, blank, too long or malformed, or the body is not the JSON object expected.",
        [ErrorCodes.Unauthenticated] = "There is no credential, or one that is not good.",
        [ErrorCodes.Forbidden] = "The role may not do this, or it is somebody else's.",
        [ErrorCodes.NotFound] = "It never existed, or there is nothing at this path.",
        [ErrorCodes.MethodNotAllowed] = "The path does not take that method.",
        [ErrorCodes.Conflict] = "Another agent was first.",
        [ErrorCodes.Gone] = "The conversation is closed, or its queue entry has expired.",
        [ErrorCodes.PayloadTooLarge] = "The body is larger than 64 KiB.",
        [ErrorCodes.UnsupportedMediaType] = "The body is not application/json in UTF-8, or is compressed.",
        [ErrorCodes.AgentAtCapacity] = "The agent already holds as many conversations as it may.",
        [ErrorCodes.NotAccepted] = "No agent holds the conversation.",
        [ErrorCodes.IdempotencyMismatch] = "The client message id was used for other content.",
        [ErrorCodes.RateLimited] = "Too many calls.",
        [ErrorCodes.Internal] = "Something went wrong, and it is not known whether anything was stored; the trace id tells the operator where.",
        [ErrorCodes.Unavailable] = "The store is down or the server is stopping; nothing was stored.",
        [ErrorCodes.TokenExpired] = "The credential of the socket has ended.",
        [ErrorCodes.UnknownEvent] = "There is no event of this name.",
    };

    public static string Of(string code) => Meanings[code];
}
