using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;

namespace LiveChat.Server.Realtime.Bus;

/// <summary>What waits between those who hand over and the one that reads. It holds at most so many bytes. Thread-safe.</summary>
/// <param name="capacity">In bytes.</param>
/// <param name="sizeOf">How many an item counts for.</param>
/// <param name="dropsOldest">When it is full: whether what has waited longest is dropped, or what comes.</param>
internal sealed class BusQueue<T>(long capacity, Func<T, int> sizeOf, bool dropsOldest)
{
    // What an item costs beside its bytes.
    private const int Overhead = 100;

    private readonly Lock _gate = new();
    private readonly Queue<T> _items = [];
    private long _bytes;

    // One slot: a reader that is awake takes all there is.
    private readonly Channel<bool> _woken = Channel.CreateBounded<bool>(new BoundedChannelOptions(1)
    {
        FullMode = BoundedChannelFullMode.DropWrite,
        SingleReader = true,
    });

    /// <summary>Adds the item; gives how many were dropped.</summary>
    public int Add(T item)
    {
        var (dropped, size) = (0, sizeOf(item) + Overhead);
        lock (_gate)
        {
            if (!dropsOldest && _bytes + size > capacity)
                return 1;

            while (_bytes + size > capacity && TryTake(out _))
                dropped++;
            _items.Enqueue(item);
            _bytes += size;
        }

        Wake();
        return dropped;
    }

    public bool TryTake([MaybeNullWhen(false)] out T item)
    {
        lock (_gate)
        {
            if (!_items.TryDequeue(out item))
                return false;

            _bytes -= sizeOf(item) + Overhead;
            return true;
        }
    }

    public bool TryPeek([MaybeNullWhen(false)] out T item)
    {
        lock (_gate)
            return _items.TryPeek(out item);
    }

    /// <summary>Has the reader look.</summary>
    public void Wake() => _woken.Writer.TryWrite(true);

    /// <summary>Nothing more is read than what waits now.</summary>
    public void Complete() => _woken.Writer.TryComplete();

    /// <summary>Waits until there may be something to take; false at the end.</summary>
    public async ValueTask<bool> WaitAsync(CancellationToken cancellationToken) =>
        await _woken.Reader.WaitToReadAsync(cancellationToken) && _woken.Reader.TryRead(out _);
}
