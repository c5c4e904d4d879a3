namespace LiveChat;

/// <summary>
/// A side has read up to a sequence, also when the conversation is over. Only ever forward, and not past the end of the log: what moves
/// nothing changes nothing. Who merely listens has read for nobody.
/// </summary>
public sealed record MarkRead : ConversationCommand
{
    public required Caller Caller { get; init; }

    public required long Sequence { get; init; }

    public override bool IsAheadOf(Conversation remembered) => Sequence > remembered.LastSequence;

    private protected override Decision DecideOn(Conversation current, Facts facts)
    {
        if (Caller.RefuseWrite(current) is { } refusal)
            return Decision.Refuse(refusal);

        var read = current.Read.Advance(Caller.Side, Math.Min(Sequence, current.LastSequence));
        return read == current.Read ? Decision.Nothing(current) : Decision.Change(current with { Read = read });
    }
}
