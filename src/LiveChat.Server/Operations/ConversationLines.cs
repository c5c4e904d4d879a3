using System.Globalization;
using LiveChat.Server.Realtime;

namespace LiveChat.Server.Operations;

/// <summary>
/// The last lines of the log of each conversation at Debug, whatever level is in force, for whoever is asked for help. They are kept as values
/// and become text when somebody reads them. Bounded for each conversation and over all, where the one that has been silent for longest
/// goes first. Thread-safe.
/// </summary>
internal sealed class ConversationLines
{
    public const int MostOfOne = 200;

    /// <summary>Some 56 bytes each.</summary>
    private const int MostOfAll = 50_000;

    // Guarded by _gate.
    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, LinkedListNode<Ring>> _rings = [];
    private readonly LinkedList<Ring> _silence = [];
    private readonly int _mostOfAll;
    private int _room;

    public ConversationLines()
        : this(MostOfAll)
    {
    }

    /// <param name="mostOfAll">The bound over all conversations.</param>
    internal ConversationLines(int mostOfAll) => _mostOfAll = mostOfAll;

    public void Added(ConversationEvent entry)
    {
        var line = LifecycleLine.Of(entry);
        lock (_gate)
        {
            if (!_rings.TryGetValue(entry.ConversationId, out var node))
                _rings.Add(entry.ConversationId, node = new(new Ring(entry.ConversationId)));
            else if (node != _silence.Last)
                _silence.Remove(node);
            if (node.List is null)
                _silence.AddLast(node);

            _room += node.Value.Add(line);
            while (_room > _mostOfAll && _silence.First is { } silent && silent != node)
            {
                _silence.RemoveFirst();
                _rings.Remove(silent.Value.ConversationId);
                _room -= silent.Value.Room;
            }
        }
    }

    /// <summary>The lines of the conversation, the oldest first.</summary>
    public IReadOnlyList<string> Read(Guid conversationId)
    {
        LifecycleLine[] lines;
        lock (_gate)
            lines = _rings.TryGetValue(conversationId, out var node) ? node.Value.ToArray() : [];

        var text = new LineText();
        foreach (var line in lines)
        {
            text.At = line.At;
            line.WriteTo(text, conversationId);
        }

        return text.Lines;
    }

    /// <summary>The last lines of one conversation; grows to its bound.</summary>
    private sealed class Ring(Guid conversationId)
    {
        private LifecycleLine[] _lines = new LifecycleLine[4];
        private int _next;
        private int _count;
        private bool _isCounted;

        public Guid ConversationId { get; } = conversationId;

        public int Room => _lines.Length;

        /// <summary>Adds a line and gives how much room it took that was not taken before.</summary>
        public int Add(LifecycleLine line)
        {
            var before = _isCounted ? Room : 0;
            _isCounted = true;

            // While it grows the oldest is at the beginning.
            if (_count == Room && Room < MostOfOne)
            {
                _next = _count;
                Array.Resize(ref _lines, Math.Min(2 * Room, MostOfOne));
            }

            _lines[_next] = line;
            _next = (_next + 1) % Room;
            _count = Math.Min(_count + 1, Room);
            return Room - before;
        }

        public LifecycleLine[] ToArray() => _count < Room ? _lines[.._count] : [.. _lines[_next..], .. _lines[.._next]];
    }

    /// <summary>Takes a line as the log would, and makes text of it.</summary>
    private sealed class LineText : ILogger
    {
        public List<string> Lines { get; } = [];

        public DateTimeOffset At { get; set; }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add(string.Create(CultureInfo.InvariantCulture, $"{At.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'} DEBUG {RealtimeLog.ChatCategory} {formatter(state, exception)}"));
    }
}
