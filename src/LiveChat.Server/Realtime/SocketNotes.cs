using System.Collections.Concurrent;

namespace LiveChat.Server.Realtime;

/// <summary>
/// Has the store remember who has had a socket in which conversation, for the server that comes after this one: whoever does not
/// come back to it is gone, and only the store knows of them. Thread-safe.
/// </summary>
internal sealed class SocketNotes(IChatStore store, ParticipantPresence presence, ILogger<SocketNotes> log) : IBusSubscriber
{
    private const int MostKnown = 64 * 1024;

    // Whose socket is noted already. Forgotten now and then: to note a thing twice changes nothing.
    private readonly ConcurrentDictionary<(Guid Conversation, ParticipantType Side), string> _known = [];

    /// <summary>Does not wait for the store.</summary>
    public void Note(Guid conversationId, Participant participant)
    {
        if (_known.Count >= MostKnown)
            _known.Clear();
        if (_known.TryGetValue((conversationId, participant.Type), out var id) && id == participant.Id)
            return;

        _known[(conversationId, participant.Type)] = participant.Id;
        _ = NoteAsync(conversationId, participant);
    }

    /// <summary>An agent that accepts with the queue open has a socket too; what a side had is over with its part in the conversation.</summary>
    public void OnCommitted(IReadOnlyList<ConversationEvent> entries)
    {
        foreach (var transition in entries.OfType<Transition>())
        {
            if (transition.Kind is TransitionKind.Assigned && transition.Conversation.Agent!.AsParticipant() is var agent && presence.HasSocket(agent))
                Note(transition.ConversationId, agent);
            if (transition.Kind is TransitionKind.Requeued or TransitionKind.Closed)
                _known.TryRemove((transition.ConversationId, ParticipantType.Agent), out _);
            if (transition.Kind is TransitionKind.Closed)
                _known.TryRemove((transition.ConversationId, ParticipantType.Customer), out _);
        }
    }

    private async Task NoteAsync(Guid conversationId, Participant participant)
    {
        try
        {
            await store.NoteSocketAsync(conversationId, participant, CancellationToken.None);
        }
        catch (Exception exception)
        {
            // The next socket tries again.
            _known.TryRemove((conversationId, participant.Type), out _);
            RealtimeLog.SocketNotNoted(log, exception);
        }
    }
}
