using System.Runtime.InteropServices;

namespace LiveChat.Server.Storage.Sqlite;

/// <summary>A message and the key of its conversation.</summary>
internal readonly record struct Spoken(long Key, Message Message);

/// <summary>
/// The messages that are decided and not yet filed in the log's table, in order: those that are durable in the journal, and after them
/// those of the transaction under way. The writer's own, but for <see cref="Of"/> and <see cref="Newest"/>, which any thread may call.
/// </summary>
internal sealed class UnfiledMessages
{
    private readonly List<Spoken> _messages = [];
    private readonly Dictionary<ClientId, Message> _clientIds = [];
    private int _journaled;

    // What readers may see: the journaled ones. Guarded by the gate.
    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, List<Message>> _readable = [];

    public int Count => _messages.Count;

    /// <summary>How many of them are in the journal and committed.</summary>
    public int Journaled => _journaled;

    /// <summary>Those of the transaction under way.</summary>
    public ReadOnlySpan<Spoken> Latest => From(_journaled);

    public ReadOnlySpan<Spoken> From(int index) => CollectionsMarshal.AsSpan(_messages)[index..];

    public void Add(long key, Message message)
    {
        _messages.Add(new Spoken(key, message));
        if (message.ClientMessageId is not null)
            _clientIds[ClientId.Of(message)] = message;
    }

    public Message? Find(Guid conversationId, Participant sender, string clientMessageId) =>
        _clientIds.GetValueOrDefault(new ClientId(conversationId, sender.Type, sender.Id, clientMessageId));

    /// <summary>The latest were committed to the journal: readers see them from now on.</summary>
    public void LatestAreJournaled()
    {
        lock (_gate)
        {
            foreach (var (_, message) in Latest)
            {
                if (!_readable.TryGetValue(message.ConversationId, out var messages))
                    _readable.Add(message.ConversationId, messages = []);
                messages.Add(message);
            }
        }

        _journaled = _messages.Count;
    }

    /// <summary>The transaction under way was rolled back.</summary>
    public void DropLatest()
    {
        foreach (var (_, message) in Latest)
        {
            if (message.ClientMessageId is not null)
                _clientIds.Remove(ClientId.Of(message));
        }

        _messages.RemoveRange(_journaled, _messages.Count - _journaled);
    }

    /// <summary>All were filed, and that is committed: whoever reads the table finds them there.</summary>
    public void Clear()
    {
        _messages.Clear();
        _clientIds.Clear();
        if (_journaled == 0)
            return;

        _journaled = 0;
        lock (_gate)
            _readable.Clear();
    }

    /// <summary>
    /// What is in the journal of this conversation, oldest first. To be asked before the table is: what is filed in between is found
    /// in both, and nothing in neither.
    /// </summary>
    public IReadOnlyList<Message> Of(Guid conversationId)
    {
        lock (_gate)
            return _readable.TryGetValue(conversationId, out var messages) ? messages.ToArray() : [];
    }

    /// <summary>The newest message of each conversation that has any in the journal; to be asked before the table is, too.</summary>
    public Dictionary<Guid, Message> Newest()
    {
        lock (_gate)
            return _readable.ToDictionary(pair => pair.Key, pair => pair.Value[^1]);
    }

    private readonly record struct ClientId(Guid ConversationId, ParticipantType Type, string Sender, string Id)
    {
        public static ClientId Of(Message message) =>
            new(message.ConversationId, message.Sender.Type, message.Sender.Id, message.ClientMessageId!);
    }
}
