using System.Text.Json.Nodes;
using LiveChat.Server.Security;
using static LiveChat.Server.Documents.Schema;

namespace LiveChat.Server.Documents;

/// <summary>The shapes that only the sockets have: what a connection is asked for with, events in, acknowledgements, and errors.</summary>
internal static class SocketSchemas
{
    private static readonly string[] RefusalCodes =
    [
        ErrorCodes.Validation, ErrorCodes.Unauthenticated, ErrorCodes.Forbidden, ErrorCodes.NotFound, ErrorCodes.NotAccepted,
        ErrorCodes.RateLimited, ErrorCodes.Internal, ErrorCodes.Unavailable,
    ];

    private static readonly string[] FaultCodes =
    [
        ErrorCodes.Validation, ErrorCodes.Unauthenticated, ErrorCodes.Forbidden, ErrorCodes.NotFound, ErrorCodes.Gone, ErrorCodes.NotAccepted,
        ErrorCodes.IdempotencyMismatch, ErrorCodes.RateLimited, ErrorCodes.Internal, ErrorCodes.Unavailable, ErrorCodes.TokenExpired,
    ];

    public static IReadOnlyList<Component> All(MessageOptions limits) =>
    [
        new("Auth", Some([], [.. Parameters(), .. Recovery]), $$"""{ "role": "customer", "conversationId": "{{Examples.Id}}", "after": 3 }"""),
        new("Connected", Some(["sid"], ("sid", Text()), ("pid", Text("What the client comes back with, where it can be recovered."))), """{ "sid": "oSO0OpakMV_3jnilAAAA" }"""),
        new("ConnectError", Object(("message", Text()), ("data", Error(RefusalCodes))), """{ "message": "No agent has accepted this conversation.", "data": { "code": "not_accepted", "message": "No agent has accepted this conversation." } }"""),
        new("QueueSnapshot", List(Ref("QueueEntry")), $"[{Examples.QueueEntry}]"),
        new("SocketError", Error(ErrorWords.Codes), Examples.SocketError),
        new("SystemError", Error(FaultCodes), """{ "code": "token_expired", "message": "The credential has expired." }"""),
        new("ChatSend", Some(["content"], [ConversationId, .. RestSchemas.MessageFields(limits)]), """{ "content": "Hello!", "clientMessageId": "m-1" }"""),
        new("Typing", Some(["typing"], ConversationId, ("typing", Flag("Whether one writes."))), """{ "typing": true }"""),
        new("Read", Some(["sequence"], ConversationId, ("sequence", RestSchemas.ReadUpTo)), """{ "sequence": 7 }"""),
        new("ChatTyping", ChatTyping, $$"""{ "conversationId": "{{Examples.Id}}", "participant": {{Examples.Participant}}, "typing": true, "expiresAt": "2025-11-13T11:38:09.351Z" }"""),
        new("ChatRead", ChatRead, $$"""{ "conversationId": "{{Examples.Id}}", "participant": {{Examples.Participant}}, "sequence": 4, "timestamp": "2025-11-13T11:38:05.000Z" }"""),
        new("ConversationClose", Some([], ConversationId, ("reason", Text(null, Limits.Reason).OrNull())), """{ "reason": "resolved" }"""),
        new("AuthRefresh", Some(["token"], ("token", Filled("A JWT, a key or a session token.", Authenticator.LongestCredential))), """{ "token": "eyJhbGciOiJSUzI1NiJ9…" }"""),
        new("MessageAck", Object(("message", Ref("Message"))), $$"""{ "message": {{Examples.Message}} }"""),
        new("ConversationAck", Object(("conversation", Ref("Conversation"))), $$"""{ "conversation": {{Examples.Closed}} }"""),
        new("Done", Object(), "{}"),
        new("AuthRefreshAck", Object(("expiresAt", Time("When the new credential ends; null when it does not.").OrNull())), """{ "expiresAt": "2025-11-13T12:36:03.000Z" }"""),
        .. SocketEvents.Handled.Select(handled => new Component(
            ErrorNameOf(handled), Object(("error", Error(handled.Codes))), """{ "error": { "code": "forbidden", "message": "This conversation is not yours." } }""")),
    ];

    /// <summary>The component of the acknowledgement that says an event was refused.</summary>
    public static string ErrorNameOf(HandledEvent handled) => handled.Payload + "Error";

    /// <summary>What a connection is asked for with, in the query or in <c>auth</c>.</summary>
    public static (string Name, JsonObject Schema)[] Parameters() =>
    [
        ("role", Schema.Words(["customer", "agent"], "Required.")),
        ("fingerprint", Text("The visitor's id, or the agent's. A customer needs it or a conversationId.", Limits.Id)),
        ("conversationId", Text("The conversation to join, a UUID. An agent needs it, scope=queue or scope=desk.")),
        ("scope", Schema.Words(["queue", "desk", "conversation", ""], "queue shows an agent who waits; desk that and every conversation that the agent holds, now or later. It needs a fingerprint and takes no conversationId.")),
        ("displayName", Text(null, Limits.DisplayName)),
        ("token", Text("The credential, where one is needed.")),
        ("after", new JsonObject { ["type"] = new JsonArray("integer", "string"), ["minimum"] = 0, ["description"] = "The last sequence that the client saw: what came after it is sent first. It needs a conversationId." }),
    ];

    private static JsonObject ChatTyping => Object(
        ("conversationId", Uuid()),
        ("participant", Ref("Participant")),
        ("typing", Flag()),
        ("expiresAt", Time("When it counts no more if nothing else is heard; null where typing is false.").OrNull()));

    private static JsonObject ChatRead => Object(
        ("conversationId", Uuid()),
        ("participant", Ref("Participant")),
        ("sequence", Whole("The last entry that was read.", least: 1)),
        ("timestamp", Time()));

    private static (string, JsonObject)[] Recovery =>
    [
        ("pid", Text("Of the connection that was cut, by clients that can be recovered.")),
        ("offset", Text("The last one that came with an event.")),
    ];

    private static (string, JsonObject) ConversationId => ("conversationId", Text("The one that the socket is in, where none is given; a UUID. A desk must give it.").OrNull());

    private static JsonObject Error(IEnumerable<string> codes) => Object(("code", Schema.Words(codes)), ("message", Text("For a person.")));
}
