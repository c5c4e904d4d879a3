using LiveChat.Server.Rest;
using LiveChat.Server.Security;
using static LiveChat.Server.Documents.Schema;

namespace LiveChat.Server.Documents;

/// <summary>The rows of <c>AgentEndpoints</c>.</summary>
internal static class AgentOperations
{
    private const string Tag = "Agent";

    private static readonly string[] Statuses = [.. Enum.GetValues<ConversationStatus>().Select(Wire.Words.Of)];

    public static IReadOnlyList<Operation> All =>
    [
        new("POST /api/agent/sessions", "agentStart", "What an agent begins the day with: what it holds, and who waits.")
        {
            Tag = Tag,
            Parameters = [AgentHeader, AgentQuery],
            Body = "AgentSessionRequest",
            Answers = [new(200, "The agent's work.", "AgentSession")],
        },
        new("GET /api/agent/queue", "agentReadQueue", "Reads who waits, the longest wait first.")
        {
            Tag = Tag,
            Parameters = [AgentHeader, AgentQuery, .. Pages],
            Answers = [new(200, "A page of the queue.") { ListOf = "QueueEntry", Headers = [AnswerHeader.Total, AnswerHeader.Next] }],
        },
        new("GET /api/agent/conversations", "agentListConversations", "Lists conversations: an agent's own, or every agent's where nobody is named and the caller may see them.")
        {
            Tag = Tag,
            Parameters =
            [
                AgentHeader,
                AgentQuery,
                Parameter.Query("status", List(Schema.Words(Statuses)), "Only those of these statuses: the parameter repeated, or once with a comma list. All without it."),
                Parameter.Query("sort", Schema.Words(["activity", "created"]).With("default", "activity"), "The newest activity first, or the newest conversation."),
                .. Pages,
            ],
            Answers = [new(200, "A page of conversations.") { ListOf = "ListedConversation", Headers = [AnswerHeader.Total, AnswerHeader.Next] }],
        },
        new("POST /api/agent/conversations/{id}/accept", "agentAccept", "Takes a waiting conversation. Exactly one of any number of agents wins; the winner may ask again. Where several refusals apply: 410, then 409, then 422.")
        {
            Tag = Tag,
            Parameters = [AgentHeader, AgentQuery],
            Body = "AcceptRequest",
            IsBodyOptional = true,
            Answers = [new(200, "The conversation, assigned.", "Conversation") { Example = Examples.Assigned }],
            Errors = [ErrorCodes.NotFound, ErrorCodes.Gone, ErrorCodes.Conflict, ErrorCodes.AgentAtCapacity],
        },
        .. ConversationOperations.Of(
            "/api/agent/conversations/{id}", "agent", Tag, "AgentMessageRequest", "AgentReadRequest", "AgentCloseRequest", [ErrorCodes.NotAccepted], AgentHeader, AgentQuery),
    ];

    private static Parameter AgentHeader => Parameter.Header(Callers.AgentHeader, Text(null, Limits.Id), "The agent that calls, where the body names none. UTF-8, or Latin-1 where it is not valid UTF-8.");

    private static Parameter AgentQuery => Parameter.Query("agentId", Text(null, Limits.Id), "The agent that calls, where neither the body nor the header names one.");

    private static Parameter[] Pages =>
    [
        Parameter.Query("page", Whole(null, 0, int.MaxValue, 0), "Counted from 0; for people who leaf through."),
        Parameter.Query("size", Whole(null, 1, ListPage.LargestSize, ListPage.DefaultSize), "How many items a page has."),
        Parameter.Query("cursor", Text(), "As a Link of this list has given it."),
    ];
}
