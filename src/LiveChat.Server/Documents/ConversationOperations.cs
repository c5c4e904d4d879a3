using LiveChat.Server.Rest;
using static LiveChat.Server.Documents.Schema;

namespace LiveChat.Server.Documents;

/// <summary>What customers and agents do alike with a conversation.</summary>
internal static class ConversationOperations
{
    public static Parameter IdempotencyKey { get; } = Parameter.Header(
        "Idempotency-Key", Text(null, Limits.ClientMessageId), "Stands for clientMessageId where the body has none.");

    /// <summary>The six calls under <paramref name="path"/>.</summary>
    /// <param name="path">That of a conversation.</param>
    /// <param name="side">Whose calls they are, as ids begin with it.</param>
    /// <param name="tag">Where the document lists them.</param>
    /// <param name="message">The component that a message's body is.</param>
    /// <param name="read">The component that a reading's body is.</param>
    /// <param name="close">The component that a close's body is.</param>
    /// <param name="writing">What may refuse a message or a reading beside what refuses anybody's.</param>
    /// <param name="more">Parameters of all six.</param>
    public static IEnumerable<Operation> Of(string path, string side, string tag, string message, string read, string close, string[] writing, params Parameter[] more) =>
    [
        new($"GET {path}", $"{side}GetConversation", "Reads a conversation.")
        {
            Tag = tag,
            Parameters = more,
            Answers = [new(200, "The conversation.", "Conversation")],
            Errors = [ErrorCodes.NotFound],
        },
        new($"POST {path}/messages", $"{side}SendMessage", "Sends a message. Who repeats a call with the same client message id and content is given the first message.")
        {
            Tag = tag,
            Parameters = [.. more, IdempotencyKey],
            Body = message,
            Answers = [new(201, "The message.", "Message"), new(200, "The first message of that client message id.", "Message")],
            Errors = [ErrorCodes.NotFound, ErrorCodes.Gone, ErrorCodes.IdempotencyMismatch, .. writing],
        },
        new($"GET {path}/messages", $"{side}ReadMessages", "Reads messages, oldest first: the last ones, or those before or after a sequence, or between two.")
        {
            Tag = tag,
            Parameters = [.. more, Limit(ConversationEndpoints.DefaultMessages), Before, After],
            Answers = [new(200, "The messages.") { ListOf = "Message", Headers = [AnswerHeader.Beside] }],
            Errors = [ErrorCodes.NotFound],
        },
        new($"GET {path}/events", $"{side}ReadEvents", "Reads the log, messages and steps of the conversation's life, from its beginning or after a sequence; only with before alone, from its end.")
        {
            Tag = tag,
            Parameters = [.. more, Limit(ConversationEndpoints.DefaultEvents), Before, After],
            Answers = [new(200, "The entries, the same objects as the sockets carry.") { ListOf = "LogEntry", Headers = [AnswerHeader.Beside] }],
            Errors = [ErrorCodes.NotFound],
        },
        new($"POST {path}/read", $"{side}Read", "Says how far one's own side has read. It only ever goes forward.")
        {
            Tag = tag,
            Parameters = more,
            Body = read,
            Answers = [new(204, "It is kept, and the others are told if it is further than before.")],
            Errors = [ErrorCodes.NotFound, .. writing],
        },
        new($"POST {path}/close", $"{side}Close", "Closes the conversation. Closing it twice changes nothing.")
        {
            Tag = tag,
            Parameters = more,
            Body = close,
            IsBodyOptional = true,
            Answers = [new(200, "The conversation, closed.", "Conversation") { Example = Examples.Closed }],
            Errors = [ErrorCodes.NotFound],
        },
    ];

    private static Parameter Limit(int absent) => Parameter.Query("limit", Whole(null, 1, Paging.LargestLimit, absent), "How many at most.");

    private static Parameter Before => Parameter.Query("before", Whole(null, 0), "Those with a sequence below this one.");

    private static Parameter After => Parameter.Query("after", Whole(null, 0), "Those with a sequence above this one.");
}
