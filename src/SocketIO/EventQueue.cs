namespace SocketIO;

/// <summary>
/// The events of one socket, handled one at a time in order, all that were received, and after the last one its end. Events
/// wait until <see cref="Start"/>. Handling runs on the thread that posts or, after a handler that awaited, on the one that it
/// completed on.
/// </summary>
internal sealed class EventQueue(Socket socket) : IThreadPoolWorkItem
{
    /// <summary>About what an event takes in memory besides its JSON and its attachments.</summary>
    private const int Overhead = 256;

    private readonly Lock _lock = new();
    private Queue<SocketEvent>? _waiting;
    private int _bytes;
    private long _left;
    private bool _busy = true;
    private bool _started;
    private bool _completed;
    private bool _ended;
    private ITimer? _timeout;

    /// <summary>Handles an event, now or in its turn. False when too many wait.</summary>
    public bool TryPost(SocketEvent received)
    {
        var options = socket.Server.Options;
        var onPool = options.HandlerScheduling == HandlerScheduling.ThreadPool;
        lock (_lock)
        {
            if (_completed)
                return true;
            if (_busy || onPool)
            {
                _waiting ??= new Queue<SocketEvent>();
                if (_waiting.Count >= options.MaxPendingEvents || _bytes + received.Bytes > options.MaxPendingEventBytes)
                    return false;
                _waiting.Enqueue(received);
                _bytes += received.Bytes;
                if (_busy)
                    return true;
            }

            _busy = true;
        }

        if (onPool)
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        else
            Run(received);
        return true;
    }

    /// <summary>Handles what waits, on the thread pool.</summary>
    void IThreadPoolWorkItem.Execute() => Run(null);

    /// <summary>Lets events through.</summary>
    /// <param name="discard">Whether those that wait are dropped.</param>
    public void Start(bool discard)
    {
        lock (_lock)
        {
            _started = true;
            if (discard)
                DropWaiting();
        }

        Run(null);
    }

    /// <summary>
    /// Takes no more events. The socket is told when those that wait have been handled, or after
    /// <see cref="SocketIOOptions.HandlerTimeout"/>; they are handled then, too.
    /// </summary>
    public void Complete()
    {
        lock (_lock)
        {
            if (_completed)
                return;
            _completed = true;
            KeepWaiting();
            if (_busy)
            {
                // A handler is running. If it never ends, the end of the socket is reported after this time all the same.
                _timeout = socket.Server.Time.CreateTimer(
                    static state => ((EventQueue)state!).OnTimeout(), this, socket.Server.Options.HandlerTimeout, Timeout.InfiniteTimeSpan);
                return;
            }

            _busy = true;
        }

        if (socket.Server.Options.HandlerScheduling == HandlerScheduling.ThreadPool)
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        else
            Run(null);
    }

    /// <summary>Counts what waits at the end of the socket against the server's limit, and drops it if that is met. Called under the lock.</summary>
    private void KeepWaiting()
    {
        if (_waiting is not { Count: > 0 })
            return;

        _left = _bytes + ((long)Overhead * _waiting.Count);
        if (socket.Server.Running.TryKeep(_left))
            return;
        socket.Server.Metrics.LimitExceeded(nameof(SocketIOOptions.MaxLeftEventBytes));
        DropWaiting();
        _left = 0;
    }

    private void DropWaiting()
    {
        _waiting = null;
        _bytes = 0;
    }

    private void Run(SocketEvent? next)
    {
        while (true)
        {
            if (next is not null)
            {
                var handling = socket.HandleAsync(next);
                if (!handling.IsCompletedSuccessfully)
                {
                    _ = ContinueAsync(handling);
                    return;
                }
            }

            if (!TryTake(out next))
                return;
            if (next is null)
            {
                socket.RunDisconnected();
                return;
            }
        }
    }

    private async Task ContinueAsync(ValueTask handling)
    {
        await handling;
        Run(null);
    }

    /// <summary>Takes the next event; null when the end of the socket is to be handled. False when there is nothing to do now.</summary>
    private bool TryTake(out SocketEvent? next)
    {
        lock (_lock)
        {
            next = null;
            if (_waiting is not null && _waiting.TryDequeue(out next))
            {
                _bytes -= next.Bytes;
                return true;
            }

            if (_left > 0)
            {
                socket.Server.Running.Release(_left);
                _left = 0;
            }

            // Do not keep a large buffer after a burst.
            if (_waiting is { Capacity: > 64 })
                _waiting = null;
            if (_completed && _started && !_ended)
            {
                _ended = true;
                _timeout?.Dispose();
                return true;
            }

            _busy = false;
            return false;
        }
    }

    private void OnTimeout()
    {
        lock (_lock)
        {
            if (_ended)
                return;
            _ended = true;
            _timeout?.Dispose();
        }

        socket.Server.Log.HandlerHangs(socket.Namespace.Name);
        socket.RunDisconnected();
    }
}
