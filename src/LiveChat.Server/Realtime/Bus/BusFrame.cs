namespace LiveChat.Server.Realtime.Bus;

/// <summary>What came in one piece from another server.</summary>
internal sealed class BusFrame
{
    /// <summary>Entries of conversations that are followed here, and all transitions, in the sender's order.</summary>
    public List<ConversationEvent> Entries { get; } = [];

    public List<Signal> Signals { get; } = [];

    /// <summary>Whether its sender may have failed to send something before.</summary>
    public bool HasMissed { get; set; }

    /// <summary>Whether its sender is cut off from the primary way.</summary>
    public bool IsCutOff { get; set; }

    /// <summary>How many items this version knows nothing of.</summary>
    public int Skipped { get; set; }
}
