using System.Collections.Concurrent;

namespace LiveChat.Server.Presence;

/// <summary>
/// Has the store remember who has had a socket in which conversation, for the server that comes after this one: whoever does not
/// come back to it is gone, and only the store knows of them. Thread-safe.
/// </summary>
internal sealed class SocketNotes(IChatStore store, ILogger<SocketNotes> log)
{
    private const int MostKnown = 64 * 1024;

    // What is noted already. Forgotten now and then: to note a thing twice changes nothing.
    private readonly ConcurrentDictionary<(Guid, Participant), bool> _known = [];

    /// <summary>Does not wait for the store.</summary>
    public void Note(Guid conversationId, Participant participant)
    {
        if (_known.Count >= MostKnown)
            _known.Clear();
        if (_known.TryAdd((conversationId, participant), true))
            _ = NoteAsync(conversationId, participant);
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
            _known.TryRemove((conversationId, participant), out _);
            Log.SocketNotNoted(log, exception);
        }
    }
}
