namespace LiveChat;

/// <summary>
/// Adds a message. A known client message id of the same sender gives the first message again, also after the conversation was
/// closed, so that a client may always repeat what it got no answer to.
/// </summary>
public sealed record SendMessage : ConversationCommand
{
    public required Caller Caller { get; init; }

    public required Guid MessageId { get; init; }

    public required string Content { get; init; }

    public string? Metadata { get; init; }

    public string? ClientMessageId { get; init; }

    /// <summary>Null while no entry runs out of time.</summary>
    public required TimeSpan? QueueEntryTtl { get; init; }

    /// <summary>Null when the caller may add a message to the conversation now, else why not.</summary>
    internal static ChatError? Refuse(Caller caller, Conversation current, DateTimeOffset now, TimeSpan? queueEntryTtl)
    {
        // Whose it is comes before how it stands. A conversation that no agent ever held and that is closed has no agent to speak for:
        // closed is what matters then.
        if (caller.RefuseWrite(current) is { } refusal && (refusal == ChatError.NotYours || !current.IsClosed))
            return refusal;
        if (current.IsClosed)
            return ChatError.Closed;
        return current.IsQueueEntryExpired(now, queueEntryTtl) ? ChatError.EntryExpired : null;
    }

    private protected override NeededFacts NeedsFor(Conversation current) => ClientMessageId is not null && Caller.SpeakerIn(current) is { } speaker
        ? new NeededFacts { Sent = new SentMessage(speaker.Type, speaker.Id, ClientMessageId) }
        : NeededFacts.None;

    private protected override Decision DecideOn(Conversation current, Facts facts)
    {
        // First of all: what it said before it hears again, also when the conversation has gone to another agent or back to the queue.
        if (facts.Sent is { } first)
        {
            return first.Content == Content
                ? Decision.Repeat(current, first)
                : Decision.Refuse(ChatError.IdempotencyMismatch);
        }

        if (Refuse(Caller, current, Now, QueueEntryTtl) is { } refusal)
            return Decision.Refuse(refusal);

        var sender = Caller.SpeakerIn(current)!;

        // An agent that answers is there, whether or not it ever opened a socket.
        if (sender.Type is ParticipantType.Agent && current.Status is ConversationStatus.Assigned)
        {
            var (connected, entry) = current.ToConnected(Now);
            return Decision.Append(connected.Next(Now), entry, Message(connected.Next(Now), sender));
        }

        var after = current.Next(Now);
        return Decision.Append(after, Message(after, sender));
    }

    private Message Message(Conversation after, Participant sender) => new()
    {
        ConversationId = after.Id,
        Sequence = after.LastSequence,
        Timestamp = after.UpdatedAt,
        Id = MessageId,
        Sender = sender,
        Content = Content,
        Metadata = Metadata,
        ClientMessageId = ClientMessageId,
    };
}
