namespace LiveChat.Server.Realtime.Bus;

/// <summary>What an item of a frame is. A number is of one kind for good.</summary>
internal enum BusKind : byte
{
    Message = 1,
    Transition = 2,
    Presence = 3,
    Read = 4,
    Typing = 5,

    /// <summary>The sender had to drop something, or was away: whoever hears this may have missed anything of it.</summary>
    Missed = 6,

    /// <summary>The sender is cut off from the primary way, and hears only what comes by the secondary. Said once a second.</summary>
    CutOff = 7,
}

/// <summary>Something on its way to other servers, encoded once whatever ways it takes.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="ConversationId">Which servers care: those that follow the conversation. Empty for a notice.</param>
/// <param name="Body">As <see cref="BusCodec"/> writes it.</param>
internal readonly record struct BusItem(BusKind Kind, Guid ConversationId, byte[] Body)
{
    public static BusItem Missed { get; } = new(BusKind.Missed, Guid.Empty, []);

    public static BusItem CutOff { get; } = new(BusKind.CutOff, Guid.Empty, []);

    /// <summary>Whether every server must have it: the queue, followers of a visitor and waits go by all transitions.</summary>
    public bool IsForAll => Kind is BusKind.Transition or BusKind.Missed or BusKind.CutOff;
}
