using System.Text.Json.Serialization;

namespace LiveChat.Server.Wire;

// The shapes of the contract that REST and the sockets share. The small ones (customer, agent, queue place, participant) are
// the domain's own records, and a message has its MessageConverter; these are the others whose wire form differs from the domain's.

public record ConversationBody(
    Guid Id,
    ConversationStatus Status,
    string Channel,
    Customer Customer,
    Agent? Agent,
    QueuePlace? Queue,
    [property: JsonConverter(typeof(CompactJson))] string? Metadata,
    ReadMarkers Read,
    long LastSequence,
    ParticipantType? ClosedBy,
    string? CloseReason,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    DateTimeOffset? AcceptedAt,
    DateTimeOffset? ClosedAt)
{
    public static ConversationBody From(Conversation c) => new(
        c.Id, c.Status, c.Channel, c.Customer, c.Agent, c.Queue, c.Metadata, c.Read, c.LastSequence, c.ClosedBy, c.CloseReason,
        c.CreatedAt, c.UpdatedAt, c.AcceptedAt, c.ClosedAt);
}

/// <summary>A conversation in a list of an agent's: with what the agent has not read, and the newest message.</summary>
public sealed record ListedConversationBody : ConversationBody
{
    private ListedConversationBody(ConversationBody conversation)
        : base(conversation)
    {
    }

    [JsonPropertyOrder(1)]
    public required long Unread { get; init; }

    [JsonPropertyOrder(1)]
    public required Message? LastMessage { get; init; }

    public static ListedConversationBody From(FoundConversation listed) =>
        new(From(listed.Conversation)) { Unread = listed.Unread, LastMessage = listed.LastMessage };
}

public sealed record QueueEntryBody(
    Guid ConversationId,
    string CustomerId,
    string? CustomerName,
    string? CustomerPhone,
    string Channel,
    DateTimeOffset EnqueuedAt,
    int Position)
{
    public static QueueEntryBody From(QueueEntry e) => new(
        e.ConversationId, e.Customer.Id, e.Customer.DisplayName, e.Customer.Phone, e.Channel, e.EnqueuedAt, e.Position);
}

/// <summary>An entry of the log, the same object as the sockets carry.</summary>
internal sealed record LogEntryBody(long Sequence, string Event, object Payload)
{
    public static LogEntryBody From(ConversationEvent entry) => entry.Match<LogEntryBody>(
        static message => new(message.Sequence, EventNames.ChatMessage, ChatMessageBody.From(message)),
        static transition => new(transition.Sequence, EventNames.SystemEvent, SystemEventBody.From(transition)));
}

/// <summary>The payload of <c>chat:message</c>.</summary>
internal sealed record ChatMessageBody(Guid ConversationId, Message Message)
{
    public static ChatMessageBody From(Message message) => new(message.ConversationId, message);
}

/// <summary>The payload of <c>chat:typing</c>.</summary>
/// <param name="ExpiresAt">When it counts no more if nothing else is heard; null where typing has ended.</param>
internal sealed record ChatTypingBody(Guid ConversationId, Participant Participant, bool Typing, DateTimeOffset? ExpiresAt);

/// <summary>The payload of <c>chat:read</c>.</summary>
internal sealed record ChatReadBody(Guid ConversationId, Participant Participant, long Sequence, DateTimeOffset Timestamp);

/// <summary>The payload of <c>system:event</c>. The sequence is null on passing signals, which are not in the log.</summary>
internal sealed record SystemEventBody(
    string Type,
    Guid ConversationId,
    string Status,
    long? Sequence,
    DateTimeOffset Timestamp,
    ConversationBody Conversation,
    Participant? Participant,
    QueuePlace? Queue,
    string? Reason)
{
    public static SystemEventBody From(Transition entry) => Of(
        SystemEventTypes.Of(entry.Kind),
        entry.Conversation,
        entry.Sequence,
        entry.Timestamp,
        entry.Participant,
        entry.Reason);

    /// <summary>The first event of a connection: what the conversation stands at, after which everything follows.</summary>
    public static SystemEventBody Ready(Conversation conversation, Participant? participant, DateTimeOffset now) =>
        Of(SystemEventTypes.SessionReady, conversation, conversation.LastSequence, now, participant, reason: null);

    public static SystemEventBody Moved(Conversation conversation, DateTimeOffset now) =>
        Of(SystemEventTypes.QueuePosition, conversation, sequence: null, now, conversation.Customer.AsParticipant(), reason: null);

    public static SystemEventBody Presence(Conversation conversation, PresenceChange change)
    {
        var type = change.IsPresent ? SystemEventTypes.ParticipantReconnected : SystemEventTypes.ParticipantDisconnected;
        var body = Of(type, conversation, sequence: null, change.At, change.Participant, reason: null);
        return change.IsPresent ? body : body with { Status = "DISCONNECTED" };
    }

    private static SystemEventBody Of(
        string type,
        Conversation conversation,
        long? sequence,
        DateTimeOffset timestamp,
        Participant? participant,
        string? reason) => new(
            type,
            conversation.Id,
            Words.Of(conversation.Status),
            sequence,
            timestamp,
            ConversationBody.From(conversation),
            participant,
            conversation.Queue,
            reason);
}
