namespace LiveChat.Server.Storage.Core;

/// <summary>The open conversations that were read or written last, so that the next command of one needs no read of it.</summary>
internal sealed class KnownConversations
{
    private const int Most = 4096;

    private readonly Dictionary<Guid, Known> _known = [];

    public Known? Find(Guid conversationId) => _known.GetValueOrDefault(conversationId);

    /// <summary>When it is full, all others are forgotten. One that is over is not kept: what it says of people may be erased.</summary>
    public void Add(Known known)
    {
        if (known.Conversation.IsClosed)
        {
            _known.Remove(known.Conversation.Id);
            return;
        }

        if (_known.Count >= Most)
            _known.Clear();
        _known[known.Conversation.Id] = known;
    }

    /// <summary>Takes in what was read just now, and gives what stands for the conversation from now on.</summary>
    public Known Take(Known read)
    {
        if (Find(read.Conversation.Id) is not { } known)
        {
            Add(read);
            return read;
        }

        (known.Conversation, known.AsOf) = (read.Conversation, read.AsOf);
        return known;
    }

    /// <summary>What an entry says, where it is the next one of a conversation that is known; one after a gap shows that what is known is out of date.</summary>
    public void Observe(ConversationEvent entry)
    {
        if (Find(entry.ConversationId) is not { } known || entry.Sequence <= known.Conversation.LastSequence)
            return;
        if (entry.Sequence > known.Conversation.LastSequence + 1)
        {
            Remove(entry.ConversationId);
            return;
        }

        var after = known.Conversation.After(entry);
        known.Conversation = after.Queue is null ? after : after with { Queue = null };
        Add(known);
    }

    public void Remove(Guid conversationId) => _known.Remove(conversationId);

    /// <summary>Somebody else may have changed the rows.</summary>
    public void Clear() => _known.Clear();
}
