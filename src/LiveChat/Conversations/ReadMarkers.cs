namespace LiveChat;

/// <summary>How far each side has read: up to this sequence of the log, 0 at first. It only ever grows.</summary>
public sealed record ReadMarkers(long Customer, long Agent)
{
    public static ReadMarkers None { get; } = new(0, 0);

    public long Of(ParticipantType side) => side switch
    {
        ParticipantType.Customer => Customer,
        ParticipantType.Agent => Agent,
        ParticipantType.System => 0,
    };

    /// <summary>With what this side has read now; the same where it had read as far.</summary>
    public ReadMarkers Advance(ParticipantType side, long sequence) => side switch
    {
        ParticipantType.Customer => sequence > Customer ? this with { Customer = sequence } : this,
        ParticipantType.Agent => sequence > Agent ? this with { Agent = sequence } : this,
        ParticipantType.System => this,
    };
}
