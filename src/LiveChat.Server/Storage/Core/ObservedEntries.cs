namespace LiveChat.Server.Storage.Core;

/// <summary>Entries on their way to who remembers conversations: added by anybody, taken by the one who decides. Thread-safe.</summary>
internal sealed class ObservedEntries
{
    /// <summary>More than this are not kept: all that is remembered is then forgotten.</summary>
    private const int Most = 4096;

    private readonly Lock _gate = new();
    private List<ConversationEvent> _entries = [];
    private List<ConversationEvent> _taken = [];
    private bool _isFull;

    public void Add(IReadOnlyList<ConversationEvent> entries)
    {
        lock (_gate)
        {
            _isFull |= _entries.Count + entries.Count > Most;
            if (_isFull)
                _entries.Clear();
            else
                _entries.AddRange(entries);
        }
    }

    public void MoveTo(KnownConversations known)
    {
        bool wasFull;
        lock (_gate)
        {
            if (_entries.Count == 0 && !_isFull)
                return;
            (wasFull, _isFull) = (_isFull, false);
            (_entries, _taken) = (_taken, _entries);
        }

        if (wasFull)
            known.Clear();
        foreach (var entry in _taken)
            known.Observe(entry);
        _taken.Clear();
    }
}
