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
        new("ReadRequest", Some(["sequence"], ("sequence", ReadUpTo)), """{ "sequence": 7 }"""),
        new("AgentReadRequest", Some(["sequence"], ("sequence", ReadUpTo), AgentId), """{ "sequence": 7, "agentId": "agent-123" }"""),
        new("AgentSessionRequest", Some([], AgentId, DisplayName, Channel), """{ "agentId": "agent-123", "displayName": "Ashik" }"""),
        new("AgentSession", AgentSession, $$"""{ "agent": {{Examples.Agent}}, "maxConcurrent": 3, "conversations": [{{Examples.Listed}}], "queue": [{{Examples.QueueEntry}}], "queueSize": 1 }"""),
        new("ListedConversation", PayloadSchemas.Listed, Examples.Listed),
        new("AcceptRequest", Some([], AgentId, DisplayName), """{ "agentId": "agent-123", "displayName": "Ashik" }"""),
        new("LogEntry", LogEntry, Examples.LogEntry),
        new("SeedRequest", Some([], ("count", Whole(null, 1, AdminEndpoints.LargestSeed, AdminEndpoints.DefaultSeed).OrNull())), """{ "count": 25 }"""),
        new("SeedResponse", Object(("created", Whole(least: 1)), ("conversationIds", List(Uuid()))), $$"""{ "created": 1, "conversationIds": ["{{Examples.Id}}"] }"""),
        new("Export", Export, $$"""{ "customer": { "id": "visitor-id" }, "exportedAt": "2025-11-13T12:00:00.000Z", "conversations": [{ "conversation": {{Examples.Connected}}, "metadata": { "order": "A-17" }, "events": [{{Examples.LogEntry}}] }] }"""),
        new("Erasure", Object(("conversations", Whole(least: 0)), ("messages", Whole(least: 0))), """{ "conversations": 1, "messages": 12 }"""),
        new("Support", Support, SupportExample),
        new("Info", Info, """{ "build": { "version": "1.0.0", "commit": "c615e17d3f0b6d1f6f1c1f9a", "time": "2025-11-13T10:00:00Z" }, "runtime": { "framework": ".NET 10.0.1", "os": "Debian GNU/Linux 12" }, "uptimeSeconds": 3600 }"""),
        new("Loggers", Object(("levels", List(Text())), ("loggers", Map(Ref("Logger"), "By name."))), """{ "levels": ["OFF", "INFO", "DEBUG"], "loggers": { "ROOT": { "configuredLevel": "INFO", "effectiveLevel": "INFO" } } }"""),
        new("Logger", Object(("configuredLevel", Text("Null where it inherits one.").OrNull()), ("effectiveLevel", Text())), """{ "configuredLevel": null, "effectiveLevel": "INFO" }"""),
        new("LoggerLevelRequest", Some([], ("configuredLevel", Text("OFF, FATAL, ERROR, WARN, INFO, DEBUG or TRACE; null goes back to what is configured.").OrNull())), """{ "configuredLevel": "DEBUG" }"""),
        new("Health", Health, """{ "status": "UP", "components": { "process": { "status": "UP" }, "accepting": { "status": "UP" }, "store": { "status": "UP", "details": { "provider": "postgres" } }, "bus": { "status": "UP", "details": { "provider": "redis" } } } }"""),
        new("Problem", Problem, $$"""{ "type": "about:blank", "title": "Bad Request", "status": 400, "code": "validation", "message": "fingerprint is required.", "errors": {{Errors}} }"""),
    ];

    private static (string, JsonObject) AgentId => ("agentId", Text("The agent; else the X-Agent-Id header, else the agentId query, else whoever is known by the credential.", Limits.Id).OrNull());

    public static JsonObject ReadUpTo => Whole("The last entry that was read. One that is not there yet counts as the last that is; nothing happens where it was read before.", least: 0);

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
        ("conversations", List(Ref("ListedConversation"), "The active ones that the agent holds.")),
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
        ("components", Map(
            Some(
                ["status"],
                ("status", Schema.Words(["UP", "DOWN", "DEGRADED"], "DEGRADED is the bus while it is away: the whole stays UP.")),
                ("details", Object(("provider", Schema.Words(["sqlite", "postgres", "in-process", "redis"], "The engine of the store, or of the bus."))))),
            "By name; accepting is DOWN while the server drains.")));

    private static JsonObject Info => Object(
        ("build", Object(("version", Text()), ("commit", Text("Null where it was built outside of a repository.").OrNull()), ("time", Time()))),
        ("runtime", Object(("framework", Text()), ("os", Text()))),
        ("uptimeSeconds", Whole(least: 0)));

    private static JsonObject Support => Object(
        ("conversation", Object(
            ("id", Uuid()),
            ("status", PayloadSchemas.State),
            ("channel", Text()),
            ("customer", Object(("id", Text()))),
            ("agent", Object(("id", Text())).OrNull()),
            ("lastSequence", Whole(least: 1)),
            ("closedBy", Schema.Words(["CUSTOMER", "AGENT", "SYSTEM"]).OrNull()),
            ("createdAt", Time()),
            ("updatedAt", Time()),
            ("queuedAt", Time()),
            ("acceptedAt", Time().OrNull()),
            ("closedAt", Time().OrNull()))),
        ("events", List(Object(("sequence", Whole(least: 1)), ("type", Text()), ("timestamp", Time()), ("senderType", Schema.Words(["CUSTOMER", "AGENT", "SYSTEM"]))))),
        ("sockets", List(Object(
            ("connectedAt", Time()),
            ("disconnectedAt", Time().OrNull()),
            ("reason", Text().OrNull()),
            ("role", Schema.Words(["CUSTOMER", "AGENT"])),
            ("transport", Text()),
            ("revision", Whole(least: 3, most: 4))))),
        ("logs", List(Text(), "The last 200 lines of this conversation on this server.")),
        ("store", Object(("provider", Text()), ("sizeBytes", Whole(least: 0)), ("conversations", Whole(least: 0)), ("messages", Whole(least: 0)))),
        ("redis", Object(("dbSize", Whole(least: 0)), ("usedMemoryBytes", Whole(least: 0)), ("version", Text())).OrNull()),
        ("server", Object(("version", Text()), ("startedAt", Time()), ("nowUtc", Time()))));

    private static string SupportExample => $$"""
        {
          "conversation": { "id": "{{Examples.Id}}", "status": "CONNECTED", "channel": "web", "customer": { "id": "visitor-id" }, "agent": { "id": "agent-123" }, "lastSequence": 3,
            "closedBy": null, "createdAt": "2025-11-13T11:36:03.351Z", "updatedAt": "2025-11-13T11:40:00.000Z", "queuedAt": "2025-11-13T11:36:03.351Z", "acceptedAt": "2025-11-13T11:37:00.000Z", "closedAt": null },
          "events": [{ "sequence": 1, "type": "CONVERSATION_QUEUED", "timestamp": "2025-11-13T11:36:03.351Z", "senderType": "CUSTOMER" }],
          "sockets": [{ "connectedAt": "2025-11-13T11:36:04.000Z", "disconnectedAt": null, "reason": null, "role": "CUSTOMER", "transport": "websocket", "revision": 4 }],
          "logs": ["2025-11-13T11:36:03.351Z Information CONVERSATION_QUEUED"],
          "store": { "provider": "Sqlite", "sizeBytes": 1048576, "conversations": 12, "messages": 340 },
          "redis": null,
          "server": { "version": "1.0.0", "startedAt": "2025-11-13T10:00:00.000Z", "nowUtc": "2025-11-13T12:00:00.000Z" }
        }
        """;

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
