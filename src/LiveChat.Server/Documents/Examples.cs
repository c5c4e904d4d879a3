namespace LiveChat.Server.Documents;

/// <summary>The values that the examples of both documents are put together from: one conversation, from its start to its end.</summary>
internal static class Examples
{
    public const string Id = "5f0c2a34-7b1e-4c7f-9d0a-0d6c1e2f3a4b";
    public const string Customer = """{ "id": "visitor-id", "displayName": "Jane Doe", "phone": "0123456789" }""";
    public const string Agent = """{ "id": "agent-123", "displayName": "Ashik" }""";
    public const string QueuePlace = """{ "position": 1, "estimatedWaitSeconds": 120 }""";
    public const string Participant = """{ "id": "agent-123", "type": "AGENT", "displayName": "Ashik" }""";
    public const string SocketError = """{ "code": "gone", "message": "The conversation is closed." }""";

    public const string Queued = $$"""
        {
          "id": "{{Id}}", "status": "QUEUED", "channel": "web",
          "customer": {{Customer}}, "agent": null, "queue": {{QueuePlace}}, "metadata": { "order": "A-17" },
          "read": { "customer": 0, "agent": 0 }, "lastSequence": 1, "closedBy": null, "closeReason": null,
          "createdAt": "2025-11-13T11:36:03.351Z", "updatedAt": "2025-11-13T11:36:03.351Z", "acceptedAt": null, "closedAt": null
        }
        """;

    public const string Connected = $$"""
        {
          "id": "{{Id}}", "status": "CONNECTED", "channel": "web",
          "customer": {{Customer}}, "agent": {{Agent}}, "queue": null, "metadata": { "order": "A-17" },
          "read": { "customer": 3, "agent": 1 }, "lastSequence": 3, "closedBy": null, "closeReason": null,
          "createdAt": "2025-11-13T11:36:03.351Z", "updatedAt": "2025-11-13T11:37:20.002Z", "acceptedAt": "2025-11-13T11:37:03.351Z", "closedAt": null
        }
        """;

    public static readonly string Assigned = Connected
        .Replace("CONNECTED", "ASSIGNED", StringComparison.Ordinal)
        .Replace("\"lastSequence\": 3", "\"lastSequence\": 2", StringComparison.Ordinal)
        .Replace("11:37:20.002Z", "11:37:03.351Z", StringComparison.Ordinal);

    public static readonly string Closed = Connected
        .Replace("CONNECTED", "CLOSED", StringComparison.Ordinal)
        .Replace("\"lastSequence\": 3", "\"lastSequence\": 5", StringComparison.Ordinal)
        .Replace("\"closedBy\": null, \"closeReason\": null", "\"closedBy\": \"AGENT\", \"closeReason\": \"resolved\"", StringComparison.Ordinal)
        .Replace("11:37:20.002Z", "11:40:03.351Z", StringComparison.Ordinal)
        .Replace("\"closedAt\": null", "\"closedAt\": \"2025-11-13T11:40:03.351Z\"", StringComparison.Ordinal);

    public const string Message = $$"""
        {
          "id": "0b9d7b6e-3f8e-4a57-9d5c-3f6f0d1f2a11", "conversationId": "{{Id}}", "sequence": 4, "type": "TEXT",
          "sender": {{Participant}}, "content": "How can I help?", "metadata": { "channel": "support-panel" },
          "clientMessageId": "m-1", "timestamp": "2025-11-13T11:38:03.351Z"
        }
        """;

    public static readonly string Listed = $$"""{{Connected[..^1].TrimEnd()}}, "unread": 0, "lastMessage": {{Message}} }""";

    public const string QueueEntry = $$"""
        {
          "conversationId": "{{Id}}", "customerId": "visitor-id", "customerName": "Jane Doe", "customerPhone": "0123456789",
          "channel": "web", "enqueuedAt": "2025-11-13T11:36:03.351Z", "position": 1
        }
        """;

    public const string ChatMessage = $$"""{ "conversationId": "{{Id}}", "message": {{Message}} }""";

    public const string SystemEvent = $$"""
        {
          "type": "CONVERSATION_CONNECTED", "conversationId": "{{Id}}", "status": "CONNECTED", "sequence": 3,
          "timestamp": "2025-11-13T11:37:20.002Z", "conversation": {{Connected}}, "participant": {{Participant}}, "queue": null, "reason": null
        }
        """;

    public const string LogEntry = $$"""{ "sequence": 4, "event": "chat:message", "payload": {{ChatMessage}} }""";
}
