using EngineIO.Protocol;
using EngineIO.Transports;

namespace EngineIO;

/// <summary>
/// One client: its send buffer, its heartbeat, the state of its upgrade, and its one way to end. All members may be called
/// from any thread.
/// </summary>
/// <remarks>
/// Two locks. The gate guards what is below it here and is held for a few instructions only; the inbound lock makes packets
/// arrive one at a time while two transports overlap during an upgrade. The order is inbound, then gate. The handler is
/// called under the inbound lock, never under the gate.
/// </remarks>
public sealed class Session
{
    /// <summary>How long after a client's own close packet its poll, which was on its way at the same time, may come; in milliseconds.</summary>
    private const long GoodbyeLifetime = 1000;

    private readonly EngineServer _server;
    private readonly Lock _inbound = new();
    private readonly Lock _gate = new();
    private readonly ISessionHandler _handler;

    private State _state;
    private ITransport _transport;
    private WebSocketTransport? _probing;
    private bool _probed;
    private bool _accepted;
    private SendBuffer _buffer;
    private int _corks;
    private List<TaskCompletionSource>? _drainWaiters;

    // Milliseconds of the server's clock. A heartbeat is due PingInterval after the last sign of life.
    private long _lastAlive;
    private long _pingSent = -1;
    private long _writeBegan = -1;
    private long _deadline = long.MaxValue;
    private CloseReason _deadlineReason;
    private CloseReason _closingFor;
    private long _closingUntil = long.MaxValue;

    internal Session(EngineServer server, string id, int revision, HandshakeRequest request, Func<Session, ITransport> transport, Func<Session, ISessionHandler> handler)
    {
        _server = server;
        Id = id;
        Revision = revision;
        Request = request;
        _buffer = new SendBuffer(server.Options.MaxSendBufferBytes, server.Options.MaxSendBufferPackets);
        _lastAlive = server.Now;
        _transport = transport(this);
        _handler = handler(this);
    }

    private enum State : byte
    {
        Open,
        Closing,
        Closed,
    }

    /// <summary>The session id. It is a secret between client and server: whoever has it can send in the client's name. Never log it.</summary>
    public string Id { get; }

    /// <summary>The revision of Engine.IO that the client speaks: 3 or 4.</summary>
    public int Revision { get; }

    /// <summary>The request that opened the session.</summary>
    public HandshakeRequest Request { get; }

    /// <summary>The transport in use: <c>polling</c> or <c>websocket</c>.</summary>
    public string TransportName => _transport.Name;

    /// <summary>Whether the session still takes packets.</summary>
    public bool IsOpen => _state == State.Open;

    /// <summary>Whether the transport takes packets now: its last write is done, or a poll waits for one.</summary>
    public bool IsWritable
    {
        get
        {
            lock (_gate)
                return _state == State.Open && _transport.IsWritable;
        }
    }

    /// <summary>What waits in the send buffer. Read without the gate: it is only counted.</summary>
    internal int BufferedBytes => _buffer.Bytes;

    /// <summary>Whether <see cref="Accept"/> was called in time. Settled once the session has ended.</summary>
    internal bool IsAccepted => _accepted;

    // Links and due time of the timer wheel, owned by it.
    internal Session? WheelNext { get; set; }

    internal Session? WheelPrevious { get; set; }

    internal int WheelSlot { get; set; } = HeartbeatWheel.Unscheduled;

    internal long WheelDue { get; set; }

    internal bool IsUpgradable => _server.Options.AllowUpgrades
        && _transport is PollingTransport
        && _server.Options.Transports.HasFlag(EngineTransports.WebSocket);

    internal EngineServer Server => _server;

    internal PollingTransport? Polling => _transport as PollingTransport;

    /// <summary>Queues one packet. Never blocks. False when the session has ended or the packet made it end (<see cref="CloseReason.SendBufferFull"/>).</summary>
    /// <param name="packet">A message; it may be shared with other sessions.</param>
    public bool Send(Packet packet) => Send(packet, default);

    /// <summary>Queues packets as one unit: no other packet comes between them.</summary>
    /// <param name="first">The first packet.</param>
    /// <param name="more">Those that must follow it at once.</param>
    public bool Send(Packet first, ReadOnlySpan<Packet> more)
    {
        bool claimed, added;
        ITransport transport;
        lock (_gate)
        {
            if (_state != State.Open)
                return false;

            transport = _transport;
            added = _buffer.TryAdd(first, more);
            claimed = added && _corks == 0 && transport.TryClaim();
        }

        if (!added)
        {
            Drop(CloseReason.SendBufferFull);
            return false;
        }

        if (claimed)
            transport.Drain();
        return true;
    }

    /// <summary>
    /// Sends packets as one unit if the transport takes them at once, with what is queued before them; for volatile packets. Also
    /// while a read is being handled, whose answers otherwise wait for its end.
    /// </summary>
    /// <param name="first">The first packet.</param>
    /// <param name="more">Those that must follow it at once.</param>
    /// <returns>False when they were dropped: the transport is busy, or the session has ended.</returns>
    public bool TrySendNow(Packet first, ReadOnlySpan<Packet> more)
    {
        bool added;
        ITransport transport;
        lock (_gate)
        {
            transport = _transport;
            if (_state != State.Open || !transport.TryClaim())
                return false;
            added = _buffer.TryAdd(first, more);
        }

        transport.Drain();
        return added;
    }

    /// <summary>Completes when the send buffer is below half of its limits, or the session has ended.</summary>
    public Task DrainAsync(CancellationToken cancellationToken)
    {
        TaskCompletionSource waiter;
        lock (_gate)
        {
            if (_state == State.Closed || _buffer.IsBelowHalf)
                return Task.CompletedTask;

            waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            (_drainWaiters ??= []).Add(waiter);
        }

        return waiter.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Tells that the layer above has taken the client for one of its own: it does not count against <see cref="EngineOptions.MaxPendingSessions"/> any more.</summary>
    public void Accept()
    {
        lock (_gate)
        {
            if (_state == State.Closed || _accepted)
                return;
            _accepted = true;
        }

        _server.Accepted(this);
    }

    /// <summary>Ends the session after <paramref name="limit"/> unless <see cref="DisarmDeadline"/> comes first. One deadline at a time: a new one replaces it.</summary>
    /// <param name="limit">How long from now.</param>
    /// <param name="reason">What is waited for in vain then.</param>
    public void ArmDeadline(TimeSpan limit, CloseReason reason)
    {
        lock (_gate)
        {
            if (_state != State.Open)
                return;
            _deadline = _server.Now + (long)limit.TotalMilliseconds;
            _deadlineReason = reason;
        }

        _server.Wheel.Schedule(this, NextDue());
    }

    /// <summary>Calls off the deadline.</summary>
    public void DisarmDeadline()
    {
        lock (_gate)
            _deadline = long.MaxValue;
    }

    /// <summary>
    /// Ends the session now: the handler is told and what is queued is dropped. A client that is connected is told at once; one
    /// that is between two polls, with its next poll. Calls after the first do nothing.
    /// </summary>
    /// <param name="reason">Why, as the handler, the log and the metrics are to say.</param>
    public void Close(CloseReason reason) => End(reason, tellNextPoll: true);

    /// <summary>As <see cref="Close"/>, but a client that is between two polls is not told: its next poll is a request with an unknown session id.</summary>
    internal void Drop(CloseReason reason) => End(reason, tellNextPoll: false);

    private void End(CloseReason reason, bool tellNextPoll)
    {
        ITransport transport;
        WebSocketTransport? probing;
        List<TaskCompletionSource>? waiters;
        lock (_gate)
        {
            if (_state == State.Closed)
                return;

            // Before the end can be seen, so that a poll that comes at this moment finds either the session or this.
            if (tellNextPoll && _transport is PollingTransport { Parked: null })
                _server.Farewells.Add(this, Packet.Close, _server.Now + _server.CloseTimeout);
            _state = State.Closed;
            transport = _transport;
            probing = _probing;
            _probing = null;
            waiters = _drainWaiters;
            _drainWaiters = null;
            _buffer.Clear();
        }

        _server.Remove(this);
        try
        {
            _server.Metrics.Closed(reason);
            _server.Log.Closed(reason.ToCanonical());
            if (probing is not null)
                _server.Metrics.UpgradeFailed(UpgradeFailure.SessionEnded);
        }
        finally
        {
            // Whatever those who listen to metrics and to the log throw.
            transport.End(reason);
            probing?.End(reason);
            waiters?.ForEach(waiter => waiter.TrySetResult());
            TellHandler(reason);
        }
    }

    private void TellHandler(CloseReason reason)
    {
        try
        {
            _handler.Closed(reason);
        }
        catch (Exception exception)
        {
            _server.Log.HandlerFailed(exception);
        }
    }

    /// <summary>Ends the session after what is queued has been handed over, for at most <see cref="EngineOptions.CloseTimeout"/>. Nothing more is taken or handled.</summary>
    public void CloseWhenFlushed(CloseReason reason)
    {
        ITransport transport;
        bool claimed;
        lock (_gate)
        {
            if (_state != State.Open)
                return;

            _state = State.Closing;
            _closingFor = reason;
            _closingUntil = _server.Now + _server.CloseTimeout;
            transport = _transport;
            claimed = transport.TryClaim();
        }

        // Draining ends the session when there is nothing left; a poll that is parked takes the close packet along.
        _server.Wheel.Schedule(this, NextDue());
        if (claimed)
            transport.Drain();
    }

    /// <summary>Has the timer wheel look at it from now on, whether or not it ever comes to be opened.</summary>
    internal void Watch() => _server.Wheel.Schedule(this, NextDue());

    /// <summary>Tells the handler that the session is closed in a moment.</summary>
    internal void AnnounceClose()
    {
        try
        {
            _handler.Closing();
        }
        catch (Exception exception)
        {
            _server.Log.HandlerFailed(exception);
        }
    }

    internal void Open()
    {
        Send(_server.EncodeOpen(this));
        lock (_inbound)
            _handler.Opened();
    }

    /// <summary>Whether the client is overdue, whatever the timer wheel has got round to: a late request must not revive it.</summary>
    internal bool IsOverdue()
    {
        lock (_gate)
            return _state == State.Open && _server.Now >= DeadAt();
    }

    /// <summary>Holds back sending while several packets are handled, so that the answers leave together.</summary>
    internal void Cork()
    {
        lock (_gate)
            _corks++;
    }

    internal void Uncork()
    {
        ITransport transport;
        lock (_gate)
        {
            if (--_corks > 0 || _buffer.IsEmpty || !_transport.TryClaim())
                return;
            transport = _transport;
        }

        transport.Drain();
    }

    /// <summary>Takes a packet from a transport.</summary>
    internal Reception Receive(ITransport from, ReceivedPacket packet)
    {
        lock (_inbound)
        {
            if (_state != State.Open)
            {
                // What still comes while the session is being closed is dropped, but no fault either.
                return _state == State.Closing ? Reception.Taken : Reception.Refused;
            }

            switch (packet.Type)
            {
                case PacketType.Message:
                    Dispatch(packet);
                    return _state == State.Closed ? Reception.TakenLast : Reception.Taken;
                case PacketType.Ping when Revision == 3:
                    Alive();
                    Send(Packet.Pong);
                    return Reception.Taken;
                case PacketType.Pong when Revision == 4:
                    Alive();
                    return Reception.Taken;
                case PacketType.Close:
                    CloseByClient(from);
                    return Reception.TakenLast;
                case PacketType.Noop or PacketType.Upgrade:
                    // A leftover of the upgrade, which the reference ignores too.
                    return Reception.Taken;
                default:
                    // A heartbeat in the wrong direction, or an open packet.
                    Drop(CloseReason.TransportError);
                    return Reception.Refused;
            }
        }
    }

    /// <summary>Lets a WebSocket probe this session; false when it cannot be upgraded, or another is probing.</summary>
    internal bool TryBeginProbe(WebSocketTransport transport)
    {
        lock (_gate)
        {
            if (_state == State.Open && _probing is null && IsUpgradable)
            {
                _probing = transport;
                _probed = false;
                return true;
            }
        }

        _server.Metrics.UpgradeFailed(UpgradeFailure.Unwanted);
        return false;
    }

    /// <summary>The probe was answered: from now on polls are not parked, so that the client can stop polling. One that is parked gets what is queued, or a noop.</summary>
    internal void Probed()
    {
        PollingTransport? polling;
        lock (_gate)
        {
            _probed = true;
            // What is queued is held back by the cork of this read, and leaves with the end of it.
            polling = _buffer.IsEmpty ? _transport as PollingTransport : null;
        }

        polling?.Answer(Packet.Noop);
    }

    /// <summary>Moves the session to the WebSocket that probed it, and what is queued with it.</summary>
    /// <param name="transport">The probing WebSocket.</param>
    /// <param name="active">Set before anything can be sent over it.</param>
    internal bool TryCompleteUpgrade(WebSocketTransport transport, ref bool active)
    {
        PollingTransport polling;
        lock (_gate)
        {
            if (_state == State.Closed || _probing != transport || !_probed)
                return false;

            polling = (PollingTransport)_transport;
            active = true;
            _transport = transport;
            _probing = null;
            _probed = false;
        }

        _server.Metrics.Upgraded();
        polling.Answer(Packet.Noop);
        Flush();
        return true;
    }

    /// <summary>The probing WebSocket is gone; the session stays where it is. False when it was not probing any more.</summary>
    internal bool AbandonProbe(WebSocketTransport transport, UpgradeFailure failure = UpgradeFailure.Abandoned)
    {
        lock (_gate)
        {
            if (_probing != transport)
                return false;

            _probing = null;
            _probed = false;
        }

        _server.Metrics.UpgradeFailed(failure);
        return true;
    }

    /// <summary>Gives the claimer of the transport the next packets. False ends the claim.</summary>
    internal bool TryTake(ITransport transport, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out List<Packet>? packets)
    {
        bool finished;
        CloseReason reason;
        lock (_gate)
        {
            if (_state != State.Closed && _buffer.TryTake(out packets))
            {
                _writeBegan = _server.Now;
                return true;
            }

            packets = null;
            transport.Release();
            finished = _state == State.Closing && transport is WebSocketTransport;
            reason = _closingFor;
        }

        if (finished)
            Close(reason);
        return false;
    }

    /// <summary>The packets last taken have been accepted by the operating system, or by the poll that carries them.</summary>
    internal void Flushed()
    {
        List<TaskCompletionSource>? waiters = null;
        lock (_gate)
        {
            _buffer.Flushed();
            _writeBegan = -1;
            if (_drainWaiters is not null && _buffer.IsBelowHalf)
            {
                waiters = _drainWaiters;
                _drainWaiters = null;
            }
        }

        waiters?.ForEach(waiter => waiter.TrySetResult());
    }

    /// <summary>Decides what a poll that has just come gets. Atomic with every send.</summary>
    internal PollDecision BeginPoll(PollingTransport transport, PendingPoll poll)
    {
        lock (_gate)
        {
            if (_state == State.Closed)
                return PollDecision.Unknown;
            if (_transport != transport)
                return PollDecision.WrongTransport;
            if (transport.Parked is not null)
                return PollDecision.Duplicate;

            transport.Parked = poll;
            if (_state == State.Closing || (_corks == 0 && !_buffer.IsEmpty))
                return transport.TryClaim() ? PollDecision.Drain : PollDecision.Parked;
            if (_probed)
                return PollDecision.Noop;
            return PollDecision.Parked;
        }
    }

    /// <summary>Whether the close that the server asked for goes with the packets that a poll takes now.</summary>
    internal bool IsClosing(out CloseReason reason)
    {
        lock (_gate)
        {
            reason = _closingFor;
            return _state == State.Closing;
        }
    }

    /// <summary>Ends a claim and takes the next one, when a poll and packets have come meanwhile.</summary>
    internal bool TryReclaim(PollingTransport transport)
    {
        lock (_gate)
        {
            transport.Release();
            return (_state == State.Closing || (_state == State.Open && _corks == 0 && !_buffer.IsEmpty)) && transport.TryClaim();
        }
    }

    /// <summary>Takes the parked poll out, whatever it waits for.</summary>
    internal PendingPoll? TakeParked(PollingTransport transport)
    {
        lock (_gate)
        {
            var parked = transport.Parked;
            transport.Parked = null;
            return parked;
        }
    }

    /// <summary>Acts on what is due and says when to look again; -1 for never.</summary>
    internal long OnDue(long now)
    {
        var ping = false;
        var tell = false;
        CloseReason? end = null;
        lock (_gate)
        {
            if (_state == State.Closed)
                return -1;

            if (_state == State.Closing)
                end = now >= _closingUntil ? _closingFor : null;
            else if (now >= DeadAt())
                end = CloseReason.PingTimeout;
            else if (now >= _deadline)
                (end, tell) = (_deadlineReason, true);
            else if (Revision == 4 && _pingSent < 0 && now >= _lastAlive + _server.PingInterval)
            {
                // Counted from when it was due, so that a client may rely on the sum; unless this server was late itself.
                var due = _lastAlive + _server.PingInterval;
                _pingSent = now - due <= 2 * _server.Wheel.Tick ? due : now;
                ping = true;
            }

            if (end is null && _writeBegan >= 0 && now >= _writeBegan + _server.WriteTimeout)
                end = CloseReason.WriteTimeout;
        }

        if (end is { } reason)
        {
            End(reason, tell);
            return -1;
        }

        if (ping)
            Send(Packet.Ping);
        return NextDue();
    }

    private long NextDue()
    {
        lock (_gate)
        {
            if (_state == State.Closing)
                return _closingUntil;
            var heartbeat = Revision == 4 && _pingSent < 0 ? _lastAlive + _server.PingInterval : DeadAt();
            return Math.Min(heartbeat, _deadline);
        }
    }

    // Called under the gate.
    private long DeadAt() => _pingSent >= 0
        ? _pingSent + _server.PingTimeout
        : _lastAlive + _server.PingInterval + _server.PingTimeout;

    private void Alive()
    {
        lock (_gate)
        {
            _lastAlive = _server.Now;
            _pingSent = -1;
        }

        // While a ping waits for its answer the wheel looks when that is late. The next ping may be due before.
        if (_server.PingTimeout > _server.PingInterval)
            _server.Wheel.Schedule(this, NextDue());
    }

    private void Dispatch(ReceivedPacket packet)
    {
        try
        {
            if (packet.IsBinary)
                _handler.Binary(packet.Data);
            else
                _handler.Text(packet.Data);
        }
        catch (Exception exception)
        {
            _server.Log.HandlerFailed(exception);
            Close(CloseReason.TransportError);
        }
    }

    private void CloseByClient(ITransport from)
    {
        // A client that says goodbye by POST gets its parked poll back with a noop, so that the request ends well.
        if (from is PollingTransport polling && !polling.Answer(Packet.Noop))
            _server.Farewells.Add(this, Packet.Noop, _server.Now + GoodbyeLifetime);
        Drop(CloseReason.TransportClose);
    }

    /// <summary>Sends what is queued, if the transport can take it now.</summary>
    /// <param name="corked">Also what is held back by <see cref="Cork"/>.</param>
    internal void Flush(bool corked = false)
    {
        ITransport transport;
        lock (_gate)
        {
            if ((_corks > 0 && !corked) || (_buffer.IsEmpty && _state == State.Open) || !_transport.TryClaim())
                return;
            transport = _transport;
        }

        transport.Drain();
    }
}
