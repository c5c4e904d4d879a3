namespace LiveChat;

/// <summary>Which facts a command needs beside its conversation, so that a store can read those of many commands at once.</summary>
public readonly record struct NeededFacts
{
    public static NeededFacts None => default;

    /// <summary>The message of this conversation that was sent with this client message id, if there is one.</summary>
    public SentMessage? Sent { get; init; }

    /// <summary>How many conversations this agent holds.</summary>
    public string? HeldBy { get; init; }

    /// <summary>The position that the conversation has in the queue, or would have.</summary>
    public bool Position { get; init; }

    /// <summary>Whether any is needed.</summary>
    public bool IsAny => Position || HeldBy is not null || Sent is not null;
}

/// <summary>What makes a repeated send one message: the sender and the sender's own id for it.</summary>
public readonly record struct SentMessage(ParticipantType SenderType, string SenderId, string ClientMessageId);

/// <summary>The facts that a command named in <see cref="NeededFacts"/>, as of the decision.</summary>
/// <param name="Sent">The message, or null.</param>
/// <param name="Held">How many conversations the agent holds.</param>
/// <param name="Position">One more than how many entered the queue before and still wait.</param>
public readonly record struct Facts(Message? Sent = null, int Held = 0, int Position = 0);
