using Microsoft.Win32.SafeHandles;

namespace EngineIO.Epoll;

/// <summary>
/// One thread that waits for many sockets and calls each that something has happened to, and between them runs what was posted. What
/// it calls runs there, so it must not block: the other sockets wait for it.
/// </summary>
/// <remarks>
/// Sockets are reported by edge: once for what has come, not again for what is still there. An event carries the place of its socket
/// and a turn that changes with each owner of the place, so one that was under way when a socket was closed reaches nobody.
/// </remarks>
internal sealed class EpollLoop : IDisposable
{
    private const int MaxEvents = 128;
    private const ulong Wake = ulong.MaxValue;

    private readonly SafeFileHandle _epoll = Libc.EpollCreate();
    private readonly SafeFileHandle _wake = Libc.EventCreate();
    private readonly EpollLoops _loops;
    private readonly Log _log;
    private readonly Thread _thread;
    private readonly Lock _gate = new();
    private volatile bool _stopped;

    // 1 while it sleeps, and just before. Whoever changes it back while work waits has to signal.
    private int _asleep;

    // Guarded by the gate.
    private Place[] _places = new Place[64];
    private int _used;
    private int _free = -1;

    public EpollLoop(int number, EpollLoops loops, Log log)
    {
        (_loops, _log) = (loops, log);
        Libc.Control(_epoll, Libc.Change.Add, _wake, Libc.Events.Readable | Libc.Events.EdgeTriggered, Wake);
        _thread = new Thread(Run) { IsBackground = true, Name = $"epoll {number}" };
        // Without the execution context of the caller.
        _thread.UnsafeStart();
    }

    /// <summary>Reports what happens to the socket from now on, beginning with what has come already.</summary>
    /// <returns>What the socket is called by in <see cref="ReportAgain"/> and <see cref="Remove"/>.</returns>
    public ulong Add(EpollSocket socket)
    {
        ulong id;
        lock (_gate)
        {
            var index = _free;
            if (index >= 0)
            {
                _free = _places[index].NextFree;
            }
            else
            {
                index = _used++;
                if (index == _places.Length)
                    Array.Resize(ref _places, 2 * index);
            }

            _places[index].Socket = socket;
            id = ((ulong)_places[index].Turn << 32) | (uint)index;
        }

        try
        {
            Libc.Control(_epoll, Libc.Change.Add, socket.Handle, Libc.Events.Readable | Libc.Events.PeerClosed | Libc.Events.EdgeTriggered, id);
        }
        catch
        {
            Remove(id);
            throw;
        }

        return id;
    }

    /// <summary>Reports all anew that the socket is ready for, now or later, and from now on that it can be written to.</summary>
    public void ReportAgain(EpollSocket socket, ulong id) => Libc.Control(
        _epoll,
        Libc.Change.Modify,
        socket.Handle,
        Libc.Events.Readable | Libc.Events.Writable | Libc.Events.PeerClosed | Libc.Events.EdgeTriggered,
        id);

    /// <summary>Nothing is reported of the socket any more. Its descriptor leaves the set when it is closed.</summary>
    public void Remove(ulong id)
    {
        lock (_gate)
        {
            var index = (int)(uint)id;
            ref var place = ref _places[index];
            if (place.Turn != (uint)(id >> 32))
                return;
            place.Socket = null;
            place.Turn = (place.Turn + 1) & int.MaxValue;
            place.NextFree = _free;
            _free = index;
        }
    }

    /// <summary>Wakes it to look for posted work, if it sleeps. False when it is awake, and so will look by itself.</summary>
    public bool TryWake()
    {
        if (Volatile.Read(ref _asleep) == 0 || Interlocked.Exchange(ref _asleep, 0) == 0)
            return false;

        try
        {
            Libc.Signal(_wake);
            return true;
        }
        catch (ObjectDisposedException)
        {
            // The loop has ended meanwhile.
            return false;
        }
    }

    /// <summary>Ends the thread, and waits for it a while: what it calls may be busy. Sockets that are left are called no more.</summary>
    public void Dispose()
    {
        _stopped = true;
        Libc.Signal(_wake);
        if (Thread.CurrentThread != _thread)
            _thread.Join(TimeSpan.FromSeconds(5));
    }

    private void Run()
    {
        Span<byte> buffer = stackalloc byte[MaxEvents * 16];
        var clean = ExecutionContext.Capture()!;
        while (!_stopped)
        {
            // Set before the queue is checked: whoever posts after the check sees it, and wakes this thread.
            Interlocked.Exchange(ref _asleep, 1);
            var count = Libc.Wait(_epoll, buffer, sleep: !_loops.HasWork);
            Volatile.Write(ref _asleep, 0);
            for (var i = 0; i < count && !_stopped; i++)
            {
                var (events, id) = Libc.Read(buffer, i);
                if (id == Wake || Find(id) is not { } socket)
                    continue;

                Call(socket, events);
                // Undo what the handler has set in the execution context, such as a culture or an AsyncLocal.
                ExecutionContext.Restore(clean);
            }

            if (!_stopped)
                _loops.RunSome(clean);
        }

        // Disposed of by this thread, which waits on them until here.
        _epoll.Dispose();
        _wake.Dispose();
    }

    private EpollSocket? Find(ulong id)
    {
        lock (_gate)
        {
            ref var place = ref _places[(int)(uint)id];
            return place.Turn == (uint)(id >> 32) ? place.Socket : null;
        }
    }

    private void Call(EpollSocket socket, Libc.Events events)
    {
        try
        {
            socket.OnEvents(events);
        }
        catch (Exception exception)
        {
            // Only this socket ends; the loop goes on with the others.
            _log.TransportFailed(exception);
            socket.Abort();
        }
    }

    private struct Place
    {
        public EpollSocket? Socket;
        public uint Turn;
        public int NextFree;
    }
}
