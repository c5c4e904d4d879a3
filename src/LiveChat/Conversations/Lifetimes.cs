namespace LiveChat;

/// <summary>How long things may live, as of one moment; null is without end.</summary>
/// <param name="QueueEntry">Since it last entered the queue.</param>
/// <param name="Inactivity">Of a conversation that an agent holds, since its last entry.</param>
/// <param name="Duration">Of a conversation, since it began.</param>
public readonly record struct Lifetimes(TimeSpan? QueueEntry, TimeSpan? Inactivity, TimeSpan? Duration);

/// <summary>
/// The time of day, and how long things may live by it. The system's clock may be set while the server runs, and an age is then not
/// what it seems: after such a move nothing runs out of time until a whole lifetime of it has passed, so a life may end late but never
/// early. Thread-safe.
/// </summary>
public sealed class LifetimeClock(ChatOptions options, TimeProvider clock)
{
    /// <summary>Less is a clock that is being kept right.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(1);

    /// <summary>What took longer to read than this says nothing about how the two clocks stand to each other.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly long _start = clock.GetTimestamp();

    // What the time of day was ahead of the time that has passed since the start.
    private DateTimeOffset? _epoch;
    private long? _movedAt;

    /// <summary>Now, in the whole milliseconds that the log keeps, so that an entry reads back as it was sent.</summary>
    public (DateTimeOffset Now, Lifetimes Lifetimes) Read()
    {
        var timestamp = clock.GetTimestamp();
        var now = clock.GetUtcNow();
        TimeSpan? sinceMoved;
        lock (_gate)
        {
            if (clock.GetElapsedTime(timestamp) < Pause)
            {
                var epoch = now - clock.GetElapsedTime(_start, timestamp);
                if (_epoch is { } before && (epoch - before).Duration() > Tolerance)
                    _movedAt = timestamp;
                _epoch = epoch;
            }

            sinceMoved = _movedAt is { } moved ? clock.GetElapsedTime(moved, timestamp) : null;
        }

        return (
            new DateTimeOffset(now.Ticks - (now.Ticks % TimeSpan.TicksPerMillisecond), TimeSpan.Zero),
            new Lifetimes(
                Trusted(options.Queue.EntryTtl),
                Trusted(options.Conversation.InactivityTimeout),
                Trusted(options.Conversation.MaxDuration)));

        TimeSpan? Trusted(TimeSpan lifetime) => sinceMoved is null || sinceMoved >= lifetime ? lifetime : null;
    }
}
