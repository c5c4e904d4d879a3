using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace EngineIO.Epoll;

/// <summary>
/// One loop for each processor, started at the first use, and one queue of the work that is posted to them: with one queue, a loop that is
/// busy for long delays only the item that it runs.
/// </summary>
internal sealed class EpollLoops : IEventLoops, IDisposable
{
    /// <summary>How much a loop runs before it looks for events again.</summary>
    private const int MostAtOnce = 4;

    /// <summary>If no loop has begun anything that waits for this long, all of them are busy, and the thread pool runs it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(20);

    private readonly Log _log;
    private readonly Lazy<EpollLoop[]> _loops;
    private readonly ConcurrentQueue<IThreadPoolWorkItem> _posted = [];
    private readonly ITimer _watch;
    private long _begun;
    private long _begunBefore;
    private int _watching;
    private uint _next;
    private volatile bool _stopped;

    /// <param name="loggers">Where faults go.</param>
    /// <param name="clock">What the patience goes by.</param>
    public EpollLoops(ILoggerFactory loggers, TimeProvider clock)
    {
        _log = new Log(loggers.CreateLogger("EngineIO.Epoll"));
        _loops = new(() => [.. Enumerable.Range(0, Environment.ProcessorCount).Select(number => new EpollLoop(number, this, _log))]);
        _watch = clock.CreateTimer(static loops => ((EpollLoops)loops!).Watch(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public EpollLoop[] All => _loops.Value;

    /// <summary>Whether there is posted work that no loop has begun.</summary>
    public bool HasWork => !_posted.IsEmpty;

    public void Post(IThreadPoolWorkItem work)
    {
        _posted.Enqueue(work);

        // Read after the work is in the queue: Dispose sets it and then empties the queue, so one of the two hands the work to the pool.
        Interlocked.MemoryBarrier();
        if (_stopped || !_loops.IsValueCreated)
        {
            RunOnPool();
            return;
        }

        WakeOne();
        if (Volatile.Read(ref _watching) == 0 && Interlocked.Exchange(ref _watching, 1) == 0)
            WatchAgain();
    }

    /// <summary>Runs some of what was posted. Called on the thread of a loop.</summary>
    public void RunSome(ExecutionContext clean)
    {
        for (var i = 0; i < MostAtOnce && TryRunOne(); i++)
            ExecutionContext.Restore(clean);
    }

    /// <summary>Ends the loops. What was posted and not begun, and what is posted later, runs on the thread pool.</summary>
    public void Dispose()
    {
        if (_stopped)
            return;

        _stopped = true;
        Interlocked.MemoryBarrier();
        _watch.Dispose();
        RunOnPool();
        if (_loops.IsValueCreated)
        {
            foreach (var loop in _loops.Value)
                loop.Dispose();
        }
    }

    private bool TryRunOne()
    {
        if (!_posted.TryDequeue(out var work))
            return false;

        Interlocked.Increment(ref _begun);
        try
        {
            work.Execute();
        }
        catch (Exception exception)
        {
            _log.PostedFailed(exception);
        }

        return true;
    }

    /// <summary>Wakes the next one that sleeps, in turn. Those that are awake look by themselves.</summary>
    private void WakeOne()
    {
        var loops = _loops.Value;
        var first = Interlocked.Increment(ref _next);
        for (var i = 0u; i < loops.Length; i++)
        {
            if (loops[(first + i) % loops.Length].TryWake())
                return;
        }
    }

    /// <summary>Called when something was posted a while ago.</summary>
    private void Watch()
    {
        if (_posted.IsEmpty)
        {
            // Clear the mark, then check once more: whoever posts after the check sees it cleared.
            Interlocked.Exchange(ref _watching, 0);
            if (_posted.IsEmpty || Interlocked.Exchange(ref _watching, 1) != 0)
                return;
        }
        else if (Interlocked.Read(ref _begun) == _begunBefore)
        {
            RunOnPool();
        }

        WatchAgain();
    }

    /// <summary>Starts the timer of <see cref="Watch"/>. Called by whoever has set the mark.</summary>
    private void WatchAgain()
    {
        _begunBefore = Interlocked.Read(ref _begun);
        _watch.Change(Patience, Timeout.InfiniteTimeSpan);
    }

    private void RunOnPool() => ThreadPool.UnsafeQueueUserWorkItem(
        static loops =>
        {
            while (loops.TryRunOne())
            {
            }
        },
        this,
        preferLocal: false);
}
