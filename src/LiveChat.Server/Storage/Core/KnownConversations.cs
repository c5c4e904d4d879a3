namespace LiveChat.Server.Storage.Core;

/// <summary>The conversations that were read or written last, so that the next command of one needs no read of it.</summary>
internal sealed class KnownConversations
{
    private const int Most = 4096;

    private readonly Dictionary<Guid, Known> _known = [];

    public Known? Find(Guid conversationId) => _known.GetValueOrDefault(conversationId);

    /// <summary>When it is full, all others are forgotten.</summary>
    public void Add(Known known)
    {
        if (_known.Count >= Most)
            _known.Clear();
        _known[known.Conversation.Id] = known;
    }

    /// <summary>Somebody else may have changed the rows.</summary>
    public void Clear() => _known.Clear();
}
