using System.Diagnostics.CodeAnalysis;
using EngineIO.Protocol;
using EngineIO.Transports;

namespace EngineIO;

/// <summary>
/// The sending half of a session: its state, the packets that wait, and the transport that takes them. Packets leave in the order they
/// were queued in, whatever thread queued them: one thread at a time claims the transport and writes until nothing waits.
/// </summary>
/// <remarks>The gate is the session's, which has it too for what must not change between two steps. It is never held while a transport writes or a handler runs.</remarks>
internal sealed class SessionSender
{
    private readonly Session _session;
    private readonly Lock _gate;
    private SendBuffer _buffer;
    private int _corks;
    private CloseReason _closingFor;
    private List<TaskCompletionSource>? _drainWaiters;

    public SessionSender(Session session, EngineOptions options, Lock gate, ITransport transport)
    {
        _session = session;
        _gate = gate;
        _buffer = new SendBuffer(options.MaxSendBufferBytes, options.MaxSendBufferPackets);
        Transport = transport;
    }

    /// <summary>What the session still does. Changed under the gate.</summary>
    public SessionState State { get; private set; }

    /// <summary>The transport in use. Changed under the gate, by an upgrade.</summary>
    public ITransport Transport { get; set; }

    /// <summary>When the write began that is under way, in milliseconds of the server's clock; -1 when none is.</summary>
    public long WriteBegan { get; private set; } = -1;

    /// <summary>Whether packets queued now leave at once.</summary>
    public bool IsWritable
    {
        get
        {
            lock (_gate)
                return State == SessionState.Open && Transport.IsWritable;
        }
    }

    /// <summary>How much waits. Read without the gate: it is only counted.</summary>
    public int BufferedBytes => _buffer.Bytes;

    /// <summary>Whether nothing waits.</summary>
    public bool IsEmpty => _buffer.IsEmpty;

    /// <summary>Queues packets as one unit, and sends them if the transport is free. False when the session has ended or they made it end.</summary>
    public bool Send(Packet first, ReadOnlySpan<Packet> more)
    {
        bool claimed, added;
        ITransport transport;
        lock (_gate)
        {
            if (State != SessionState.Open)
                return false;

            transport = Transport;
            added = _buffer.TryAdd(first, more);
            claimed = added && _corks == 0 && transport.TryClaim();
        }

        if (!added)
        {
            _session.Drop(CloseReason.SendBufferFull);
            return false;
        }

        if (claimed)
            transport.Drain();
        return true;
    }

    /// <summary>Sends packets as one unit if the transport is free, whether or not it is corked. False when they were dropped.</summary>
    public bool TrySendNow(Packet first, ReadOnlySpan<Packet> more)
    {
        bool added;
        ITransport transport;
        lock (_gate)
        {
            transport = Transport;
            if (State != SessionState.Open || !transport.TryClaim())
                return false;
            added = _buffer.TryAdd(first, more);
        }

        transport.Drain();
        return added;
    }

    /// <summary>Completes when the send buffer is below half of its limits, or nothing is sent any more.</summary>
    public Task DrainAsync(CancellationToken cancellationToken)
    {
        TaskCompletionSource waiter;
        lock (_gate)
        {
            if (State == SessionState.Closed || _buffer.IsBelowHalf)
                return Task.CompletedTask;

            waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            (_drainWaiters ??= []).Add(waiter);
        }

        return waiter.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Holds back sending while several packets are handled, so that the answers leave together.</summary>
    public void Cork()
    {
        lock (_gate)
            _corks++;
    }

    /// <summary>Ends one <see cref="Cork"/>; with the last one, what was held back is sent.</summary>
    public void Uncork()
    {
        ITransport transport;
        lock (_gate)
        {
            if (--_corks > 0 || _buffer.IsEmpty || !Transport.TryClaim())
                return;
            transport = Transport;
        }

        transport.Drain();
    }

    /// <summary>Sends what is queued, if the transport can take it now.</summary>
    /// <param name="corked">Also what is held back by <see cref="Cork"/>.</param>
    public void Flush(bool corked = false)
    {
        ITransport transport;
        lock (_gate)
        {
            if ((_corks > 0 && !corked) || (_buffer.IsEmpty && State == SessionState.Open) || !Transport.TryClaim())
                return;
            transport = Transport;
        }

        transport.Drain();
    }

    /// <summary>Gives the claimer of the transport the next packets. False ends the claim.</summary>
    public bool TryTake(ITransport transport, [NotNullWhen(true)] out List<Packet>? packets)
    {
        bool finished;
        CloseReason reason;
        lock (_gate)
        {
            if (State != SessionState.Closed && _buffer.TryTake(out packets))
            {
                WriteBegan = _session.Server.Now;
                return true;
            }

            packets = null;
            transport.Release();
            finished = State == SessionState.Closing && transport is WebSocketTransport;
            reason = _closingFor;
        }

        if (finished)
            _session.Close(reason);
        return false;
    }

    /// <summary>The packets last taken have been accepted by the operating system, or by the poll that carries them.</summary>
    public void Flushed()
    {
        List<TaskCompletionSource>? waiters = null;
        lock (_gate)
        {
            _buffer.Flushed();
            WriteBegan = -1;
            if (_drainWaiters is not null && _buffer.IsBelowHalf)
                waiters = TakeWaiters();
        }

        Complete(waiters);
    }

    /// <summary>
    /// A write has failed: what is queued is dropped, and nothing more is sent. What the client sent before is received to its end, which
    /// the transport finds and ends the session with.
    /// </summary>
    public void StopSending()
    {
        List<TaskCompletionSource>? waiters = null;
        bool stopped;
        lock (_gate)
        {
            stopped = State is SessionState.Open or SessionState.ReceivingOnly;
            if (stopped)
                waiters = Clear(SessionState.ReceivingOnly);
        }

        Complete(waiters);
        if (!stopped)
            _session.Drop(CloseReason.TransportError);
    }

    /// <summary>Takes no more packets; those that are queued are still sent. False when the session is being closed already.</summary>
    public bool TryBeginClosing(CloseReason reason)
    {
        lock (_gate)
        {
            if (State is SessionState.Closing or SessionState.Closed)
                return false;
            (State, _closingFor) = (SessionState.Closing, reason);
            return true;
        }
    }

    /// <summary>Whether the close that the server asked for goes with the packets that a poll takes now.</summary>
    public bool IsClosing(out CloseReason reason)
    {
        lock (_gate)
        {
            reason = _closingFor;
            return State == SessionState.Closing;
        }
    }

    /// <summary>Drops what is queued, for good. Called under the gate.</summary>
    /// <returns>Who waits for room; to be given to <see cref="Complete"/>.</returns>
    public List<TaskCompletionSource>? Close() => Clear(SessionState.Closed);

    /// <summary>Tells those who wait for room.</summary>
    public static void Complete(List<TaskCompletionSource>? waiters) => waiters?.ForEach(waiter => waiter.TrySetResult());

    /// <summary>Decides what a poll that has just come gets. Atomic with every send.</summary>
    public PollDecision BeginPoll(PollingTransport transport, PendingPoll poll)
    {
        lock (_gate)
        {
            if (State == SessionState.Closed)
                return PollDecision.Unknown;
            if (Transport != transport)
                return PollDecision.WrongTransport;
            if (transport.Parked is not null)
                return PollDecision.Duplicate;

            transport.Parked = poll;
            if (State == SessionState.Closing || (_corks == 0 && !_buffer.IsEmpty))
                return transport.TryClaim() ? PollDecision.Drain : PollDecision.Parked;
            return _session.IsProbed ? PollDecision.Noop : PollDecision.Parked;
        }
    }

    /// <summary>Ends a claim and takes the next one, when a poll and packets have come meanwhile.</summary>
    public bool TryReclaim(PollingTransport transport)
    {
        lock (_gate)
        {
            transport.Release();
            return (State == SessionState.Closing || (State == SessionState.Open && _corks == 0 && !_buffer.IsEmpty)) && transport.TryClaim();
        }
    }

    /// <summary>Takes the parked poll out, whatever it waits for.</summary>
    public PendingPoll? TakeParked(PollingTransport transport)
    {
        lock (_gate)
        {
            var parked = transport.Parked;
            transport.Parked = null;
            return parked;
        }
    }

    private List<TaskCompletionSource>? Clear(SessionState state)
    {
        State = state;
        WriteBegan = -1;
        _buffer.Clear();
        return TakeWaiters();
    }

    private List<TaskCompletionSource>? TakeWaiters()
    {
        var waiters = _drainWaiters;
        _drainWaiters = null;
        return waiters;
    }
}
