using System.Collections.Concurrent;

namespace LiveChat.Server.Realtime;

/// <summary>
/// Has the store remember who has had a socket in which conversation, for the server that comes after this one: whoever does not
/// come back to it is gone, and only the store knows of them. Thread-safe.
/// </summary>
internal sealed class SocketNotes(IPresenceStore store, ReadFaults faults)
{
    private const int MostKnown = 64 * 1024;

    // Whose socket is noted already. Forgotten now and then: to note a thing twice changes nothing.
    private readonly ConcurrentDictionary<(Guid Conversation, ParticipantType Side), string> _known = [];

    // Guarded by itself: bounded by the sockets that can open while the store writes.
    private readonly List<SocketNote> _waiting = [];
    private bool _isWriting;

    /// <summary>Does not wait for the store.</summary>
    public void Note(Guid conversationId, Participant participant)
    {
        if (_known.Count >= MostKnown)
            _known.Clear();
        if (_known.TryGetValue((conversationId, participant.Type), out var id) && id == participant.Id)
            return;

        _known[(conversationId, participant.Type)] = participant.Id;
        Add(new SocketNote(conversationId, participant));
    }

    /// <summary>The side has no part in the conversation any more.</summary>
    public void Forget(Guid conversationId, ParticipantType side) => _known.TryRemove((conversationId, side), out _);

    /// <summary>What comes while the store writes is written together after it.</summary>
    private void Add(SocketNote note)
    {
        lock (_waiting)
        {
            _waiting.Add(note);
            if (_isWriting)
                return;
            _isWriting = true;
        }

        _ = WriteAsync();
    }

    private async Task WriteAsync()
    {
        while (true)
        {
            SocketNote[] notes;
            lock (_waiting)
            {
                notes = [.. _waiting];
                _waiting.Clear();
                if (notes.Length == 0)
                {
                    _isWriting = false;
                    return;
                }
            }

            try
            {
                await store.NoteSocketsAsync(notes, CancellationToken.None);
            }
            catch (Exception exception)
            {
                // The next sockets try again.
                foreach (var note in notes)
                    _known.TryRemove((note.ConversationId, note.Participant.Type), out _);
                faults.Add(exception);
            }
        }
    }
}
