using System.Text.Json.Nodes;
using LiveChat.Server.Wire;
using static LiveChat.Server.Documents.Schema;

namespace LiveChat.Server.Documents;

/// <summary>The shapes that REST and the sockets share, as <c>Wire</c> writes them.</summary>
internal static class PayloadSchemas
{
    private static readonly string[] ConversationStates = [.. Enum.GetValues<ConversationStatus>().Select(Wire.Words.Of)];
    private static readonly string[] Sides = [.. Enum.GetValues<ParticipantType>().Select(Wire.Words.Of)];

    private static readonly string[] EventTypes =
    [
        SystemEventTypes.SessionReady,
        .. Enum.GetValues<TransitionKind>().Select(SystemEventTypes.Of),
        SystemEventTypes.QueuePosition,
        SystemEventTypes.ParticipantDisconnected,
        SystemEventTypes.ParticipantReconnected,
    ];

    public static IReadOnlyList<Component> All =>
    [
        new("Customer", Object(("id", Text("The fingerprint.")), ("displayName", Text().OrNull()), ("phone", Text("The session's contact.").OrNull())), Examples.Customer),
        new("Agent", Object(("id", Text()), ("displayName", Text().OrNull())), Examples.Agent),
        new("QueuePlace", QueuePlace, Examples.QueuePlace),
        new("Participant", Object(("id", Text()), ("type", Schema.Words(Sides)), ("displayName", Text().OrNull())), Examples.Participant),
        new("Conversation", Conversation, Examples.Queued),
        new("Message", Message, Examples.Message),
        new("QueueEntry", QueueEntry, Examples.QueueEntry),
        new("ChatMessage", Object(("conversationId", Uuid()), ("message", Ref("Message"))), Examples.ChatMessage),
        new("SystemEvent", SystemEvent, Examples.SystemEvent),
    ];

    public static JsonObject State => Schema.Words(ConversationStates);

    private static JsonObject QueuePlace => Object(
        ("position", Whole("1 is next.", least: 1)),
        ("estimatedWaitSeconds", Whole("Null while no agent is there.", least: 0).OrNull()));

    /// <summary>A conversation in a list of an agent's.</summary>
    public static JsonObject Listed => Object(
    [
        .. ConversationFields,
        ("unread", Whole("How many of the customer's messages the agent has not read.", least: 0)),
        ("lastMessage", Ref("Message").OrNull()),
    ]);

    private static JsonObject Conversation => Object(ConversationFields);

    private static (string, JsonObject)[] ConversationFields =>
    [
        ("id", Uuid()),
        ("status", State),
        ("channel", Text()),
        ("customer", Ref("Customer")),
        ("agent", Ref("Agent").OrNull()),
        ("queue", Ref("QueuePlace").OrNull()),
        ("metadata", AnyObject("What the session was started with.").OrNull()),
        ("read", Object(("customer", Whole(least: 0)), ("agent", Whole(least: 0))).With("description", "How far each side has read.")),
        ("lastSequence", Whole("Of the newest entry of the log.", least: 1)),
        ("closedBy", Schema.Words(Sides).OrNull()),
        ("closeReason", Text("What whoever closed it gave, or queue_timeout, inactivity, max_duration or erased where the server did.").OrNull()),
        ("createdAt", Time()),
        ("updatedAt", Time()),
        ("acceptedAt", Time().OrNull()),
        ("closedAt", Time().OrNull()),
    ];

    private static JsonObject Message => Object(
        ("id", Uuid()),
        ("conversationId", Uuid()),
        ("sequence", Whole("Its place in the conversation's log.", least: 1)),
        ("type", Schema.Words(["TEXT", "SYSTEM"])),
        ("sender", Ref("Participant")),
        ("content", Text("Empty once it was erased.")),
        ("metadata", AnyObject().OrNull()),
        ("clientMessageId", Text().OrNull()),
        ("timestamp", Time()));

    private static JsonObject QueueEntry => Object(
        ("conversationId", Uuid()),
        ("customerId", Text()),
        ("customerName", Text().OrNull()),
        ("customerPhone", Text().OrNull()),
        ("channel", Text()),
        ("enqueuedAt", Time("When it first entered the queue.")),
        ("position", Whole("The longest wait is 1.", least: 1)));

    private static JsonObject SystemEvent => Object(
        ("type", Schema.Words(EventTypes)),
        ("conversationId", Uuid()),
        ("status", Schema.Words([.. ConversationStates, "DISCONNECTED"], "The conversation's; DISCONNECTED on PARTICIPANT_DISCONNECTED.")),
        ("sequence", Whole("The entry's; on SESSION_READY the log's last one, after which everything follows; null on what is not in the log.", least: 1).OrNull()),
        ("timestamp", Time()),
        ("conversation", Ref("Conversation")),
        ("participant", Ref("Participant").OrNull()),
        ("queue", Ref("QueuePlace").OrNull()),
        ("reason", Text().OrNull()));
}
