namespace LiveChat;

/// <summary>What a command decided: entries to add, or a change that no entry tells of, or a refusal, or nothing to do.</summary>
public sealed record Decision
{
    private Decision()
    {
    }

    /// <summary>The conversation as it stands after the decision; its place in the queue is there only where the command needed it.</summary>
    public Conversation Conversation { get; private init; } = null!;

    /// <summary>What the log gains, in order. Empty when nothing changes that the log tells of.</summary>
    public IReadOnlyList<ConversationEvent> Entries { get; private init; } = [];

    /// <summary>Whether anything of it is to be stored.</summary>
    public bool Writes { get; private init; }

    public ChatError? Error { get; private init; }

    /// <summary>The message that was sent, or the first one when <see cref="Repeated"/>.</summary>
    public Message? Message { get; private init; }

    /// <summary>Whether the message had been sent before.</summary>
    public bool Repeated { get; private init; }

    public static Decision Refuse(ChatError error) => new() { Error = error };

    public static Decision Nothing(Conversation conversation) => new() { Conversation = conversation };

    /// <summary>A change of the projection alone: how far a side has read.</summary>
    public static Decision Change(Conversation after) => new() { Conversation = after, Writes = true };

    public static Decision Repeat(Conversation conversation, Message first) =>
        new() { Conversation = conversation, Message = first, Repeated = true };

    public static Decision Append(Conversation after, params IReadOnlyList<ConversationEvent> entries) =>
        new() { Conversation = after, Entries = entries, Writes = true, Message = entries[^1] as Message };
}
