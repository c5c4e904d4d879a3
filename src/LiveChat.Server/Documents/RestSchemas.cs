using System.Text.Json.Nodes;
using LiveChat.Server.Rest;
using LiveChat.Server.Wire;
using static LiveChat.Server.Documents.Schema;

namespace LiveChat.Server.Documents;

/// <summary>The shapes that only REST has: requests, their answers, and its error.</summary>
internal static class RestSchemas
{
    private const string Errors = """{ "fingerprint": ["is required"] }""";

    public static IReadOnlyList<Component> All(MessageOptions limits) =>
    [
        new("StartSessionRequest", StartSession(limits), """{ "fingerprint": "visitor-id", "displayName": "Jane Doe", "contact": "0123456789", "metadata": { "order": "A-17" } }"""),
        new("StartSessionResponse", Started, $$"""{ "conversationId": "{{Examples.Id}}", "status": "QUEUED", "resumed": false, "conversation": {{Examples.Queued}}, "sessionToken": null, "sessionTokenExpiresAt": null }"""),
        new("SendMessageRequest", Some(["content"], MessageFields(limits)), """{ "content": "Hello!", "clientMessageId": "m-1" }"""),
        new("AgentMessageRequest", Some(["content"], [.. MessageFields(limits), AgentId]), """{ "content": "How can I help?", "metadata": { "channel": "support-panel" } }"""),
        new("CloseRequest", Some([], Reason), """{ "reason": "resolved" }"""),
        new("AgentCloseRequest", Some([], Reason, AgentId), """{ "reason": "resolved", "agentId": "agent-123" }"""),
        new("AgentSessionRequest", Some([], AgentId, DisplayName, Channel), """{ "agentId": "agent-123", "displayName": "Ashik" }"""),
        new("AgentSession", AgentSession, $$"""{ "agent": {{Examples.Agent}}, "maxConcurrent": 3, "conversations": [{{Examples.Connected}}], "queue": [{{Examples.QueueEntry}}], "queueSize": 1 }"""),
        new("AcceptRequest", Some([], AgentId, DisplayName), """{ "agentId": "agent-123", "displayName": "Ashik" }"""),
        new("LogEntry", LogEntry, Examples.LogEntry),
        new("SeedRequest", Some([], ("count", Whole(null, 1, AdminEndpoints.LargestSeed, AdminEndpoints.DefaultSeed).OrNull())), """{ "count": 25 }"""),
        new("SeedResponse", Object(("created", Whole(least: 1)), ("conversationIds", List(Uuid()))), $$"""{ "created": 1, "conversationIds": ["{{Examples.Id}}"] }"""),
        new("Export", Export, $$"""{ "customer": { "id": "visitor-id" }, "exportedAt": "2025-11-13T12:00:00.000Z", "conversations": [{ "conversation": {{Examples.Connected}}, "metadata": { "order": "A-17" }, "events": [{{Examples.LogEntry}}] }] }"""),
        new("Erasure", Object(("conversations", Whole(least: 0)), ("messages", Whole(least: 0))), """{ "conversations": 1, "messages": 12 }"""),
        new("Health", Health, """{ "status": "UP", "components": { "process": { "status": "UP" }, "accepting": { "status": "UP" }, "store": { "status": "UP" } } }"""),
        new("Problem", Problem, $$"""{ "type": "about:blank", "title": "Bad Request", "status": 400, "code": "validation", "message": "fingerprint is required.", "errors": {{Errors}} }"""),
    ];

    private static (string, JsonObject) AgentId => ("agentId", Text("The agent; else the X-Agent-Id header, else the agentId query, else whoever is known by the credential.", Limits.Id).OrNull());

    private static (string, JsonObject) DisplayName => ("displayName", Text(null, Limits.DisplayName).OrNull());

    private static (string, JsonObject) Channel => ("channel", Text("Where from; web when none is given.", Limits.Channel).OrNull());

    private static (string, JsonObject) Reason => ("reason", Text(null, Limits.Reason).OrNull());

    private static JsonObject StartSession(MessageOptions limits) => Some(
        [],
        ("fingerprint", Text("The visitor's own id. Required, but for who is known by a credential of its own.", Limits.Id).OrNull()),
        DisplayName,
        ("contact", Text("Shown as the customer's phone.", Limits.Contact).OrNull()),
        Channel,
        ("metadata", Metadata(limits)),
        ("identityHash", Text("How a website vouches for its visitor: the lower-case hex HMAC-SHA256 of the fingerprint under a secret of both.").OrNull()));

    private static JsonObject Started => Object(
        ("conversationId", Uuid()),
        ("status", PayloadSchemas.State),
        ("resumed", Flag("Whether it was active already.")),
        ("conversation", Ref("Conversation")),
        ("sessionToken", Text("What a visitor without an account goes on with; null where authentication is off or the caller has a credential of its own.").OrNull()),
        ("sessionTokenExpiresAt", Time().OrNull()));

    /// <summary>Of a message, over REST and over a socket.</summary>
    public static (string, JsonObject)[] MessageFields(MessageOptions limits) =>
    [
        ("content", Filled(null, limits.MaxLength)),
        ("metadata", Metadata(limits)),
        ("clientMessageId", Text("The sender's own id of the message: the same one again is answered with the first message.", Limits.ClientMessageId).OrNull()),
    ];

    private static JsonObject AgentSession => Object(
        ("agent", Ref("Agent")),
        ("maxConcurrent", Whole("How many conversations an agent may hold.", least: 1)),
        ("conversations", List(Ref("Conversation"), "The active ones that the agent holds.")),
        ("queue", List(Ref("QueueEntry"), "The first 100.")),
        ("queueSize", Whole("How many wait in all.", least: 0)));

    private static JsonObject LogEntry => OneOf(
        Object(("sequence", Whole(least: 1)), ("event", Const(EventNames.ChatMessage)), ("payload", Ref("ChatMessage"))),
        Object(("sequence", Whole(least: 1)), ("event", Const(EventNames.SystemEvent)), ("payload", Ref("SystemEvent"))));

    private static JsonObject Export => Object(
        ("customer", Object(("id", Text()))),
        ("exportedAt", Time()),
        ("conversations", List(Object(("conversation", Ref("Conversation")), ("metadata", AnyObject().OrNull()), ("events", List(Ref("LogEntry")))))));

    private static JsonObject Health => Object(
        ("status", Schema.Words(["UP", "DOWN"])),
        ("components", Map(Object(("status", Schema.Words(["UP", "DOWN"]))), "By name; accepting is DOWN while the server drains.")));

    private static JsonObject Problem => Some(
        ["type", "title", "status", "code", "message"],
        ("type", Const("about:blank")),
        ("title", Text()),
        ("status", Whole(least: 400, most: 599)),
        ("code", Schema.Words(ErrorWords.Codes.Except(ErrorWords.OfSocketsAlone))),
        ("message", Text("For a person.")),
        ("errors", Map(List(Text()), "What is wrong with each field, by its name.")),
        ("traceId", Text("Of an internal error: what the operator finds it by.")));

    private static JsonObject Metadata(MessageOptions limits) => AnyObject($"At most {limits.MaxMetadataBytes} bytes of JSON.").OrNull();
}
