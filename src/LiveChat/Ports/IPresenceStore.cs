namespace LiveChat;

/// <summary>Who is in which open conversation, and had a socket there: what presence must know that no server remembers.</summary>
public interface IPresenceStore
{
    /// <summary>The open conversations that the participant is in: the customer's one, or those that the agent holds.</summary>
    Task<IReadOnlyList<Guid>> FindOpenAsync(Participant participant, CancellationToken cancellationToken);

    /// <summary>
    /// Remembers that these participants have had sockets in these conversations, for as long as each is open and its participant in it.
    /// Nothing happens for one that is closed or whose participant is not in it.
    /// </summary>
    Task NoteSocketsAsync(IReadOnlyCollection<SocketNote> notes, CancellationToken cancellationToken);

    /// <summary>Whom <see cref="NoteSocketsAsync"/> was called for and who is still in a conversation of those, once each.</summary>
    Task<IReadOnlyList<Participant>> ReadWithSocketsAsync(CancellationToken cancellationToken);
}

/// <summary>The participant has a socket in the conversation.</summary>
public sealed record SocketNote(Guid ConversationId, Participant Participant);
