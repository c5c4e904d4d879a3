using System.Text.Json.Serialization;

namespace LiveChat.Server.Storage.Sql;

/// <summary>
/// What a transition's entry keeps of the conversation as it stood after it: all that changes. What never changes stands once,
/// in the projection. Entries of older versions say nothing of the customer: of them it stands in the projection too.
/// </summary>
internal sealed record TransitionBody
{
    public required ConversationStatus Status { get; init; }

    public TransitionCustomer? Customer { get; init; }

    public Agent? Agent { get; init; }

    public QueuePlace? Queue { get; init; }

    /// <summary>Null in entries of older versions, which knew of no reading.</summary>
    public ReadMarkers? Read { get; init; }

    public ParticipantType? ClosedBy { get; init; }

    public string? Reason { get; init; }

    public required DateTimeOffset QueuedAt { get; init; }

    public DateTimeOffset? AcceptedAt { get; init; }

    public DateTimeOffset? ClosedAt { get; init; }

    public static TransitionBody Of(Transition entry) => new()
    {
        Status = entry.Conversation.Status,
        Customer = new TransitionCustomer(entry.Conversation.Customer.DisplayName, entry.Conversation.Customer.Phone, entry.Conversation.Metadata),
        Agent = entry.Conversation.Agent,
        Queue = entry.Conversation.Queue,
        Read = entry.Conversation.Read,
        ClosedBy = entry.Conversation.ClosedBy,
        Reason = entry.Reason,
        QueuedAt = entry.Conversation.QueuedAt,
        AcceptedAt = entry.Conversation.AcceptedAt,
        ClosedAt = entry.Conversation.ClosedAt,
    };

    /// <summary>Without what was said of the customer, and by whoever closed; the server's own reasons are words of a closed vocabulary.</summary>
    public TransitionBody Erased() => this with
    {
        Customer = null,
        Reason = Status is ConversationStatus.Closed && ClosedBy is not ParticipantType.System ? null : Reason,
    };

    /// <summary>The conversation as it stood after the entry, from what it is now.</summary>
    public Conversation Restore(Conversation now, long sequence, DateTimeOffset timestamp) => now with
    {
        Status = Status,
        Customer = Customer is null ? now.Customer : new Customer(now.Customer.Id, Customer.Name, Customer.Phone),
        Metadata = Customer is null ? now.Metadata : Customer.Metadata,
        Agent = Agent,
        Queue = Queue,
        LastSequence = sequence,
        Read = Read ?? ReadMarkers.None,
        ClosedBy = ClosedBy,
        CloseReason = Status is ConversationStatus.Closed ? Reason : null,
        UpdatedAt = timestamp,
        QueuedAt = QueuedAt,
        AcceptedAt = AcceptedAt,
        ClosedAt = ClosedAt,
    };
}

/// <summary>What a customer may say anew. The id never changes.</summary>
internal sealed record TransitionCustomer(string? Name, string? Phone, string? Metadata);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(TransitionBody))]
internal sealed partial class StorageJson : JsonSerializerContext;
