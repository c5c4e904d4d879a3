using System.Text.Json.Serialization;

namespace LiveChat.Server.Storage;

/// <summary>
/// What a transition's entry keeps of the conversation as it stood after it: all that changes. What never changes stands once,
/// in the projection, so that erasing a person's name erases it everywhere.
/// </summary>
internal sealed record TransitionBody
{
    public required ConversationStatus Status { get; init; }

    public Agent? Agent { get; init; }

    public QueuePlace? Queue { get; init; }

    public ParticipantType? ClosedBy { get; init; }

    public string? Reason { get; init; }

    public required DateTimeOffset QueuedAt { get; init; }

    public DateTimeOffset? AcceptedAt { get; init; }

    public DateTimeOffset? ClosedAt { get; init; }

    public static TransitionBody Of(Transition entry) => new()
    {
        Status = entry.Conversation.Status,
        Agent = entry.Conversation.Agent,
        Queue = entry.Conversation.Queue,
        ClosedBy = entry.Conversation.ClosedBy,
        Reason = entry.Reason,
        QueuedAt = entry.Conversation.QueuedAt,
        AcceptedAt = entry.Conversation.AcceptedAt,
        ClosedAt = entry.Conversation.ClosedAt,
    };

    /// <summary>The conversation as it stood after the entry, from what it is now.</summary>
    public Conversation Restore(Conversation now, long sequence, DateTimeOffset timestamp) => now with
    {
        Status = Status,
        Agent = Agent,
        Queue = Queue,
        LastSequence = sequence,
        ClosedBy = ClosedBy,
        CloseReason = Status is ConversationStatus.Closed ? Reason : null,
        UpdatedAt = timestamp,
        QueuedAt = QueuedAt,
        AcceptedAt = AcceptedAt,
        ClosedAt = ClosedAt,
    };
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(TransitionBody))]
internal sealed partial class StorageJson : JsonSerializerContext;
