using EngineIO.Protocol;
using EngineIO.Transports;

namespace EngineIO;

/// <summary>
/// One client: what it sends is received here, with its heartbeat, the upgrade of its transport, and its one way to end. All members may
/// be called from any thread.
/// </summary>
/// <remarks>
/// Two locks. The gate guards what is below it here, and the sending half; it is held for a few instructions only. The inbound lock makes
/// packets arrive one at a time while two transports overlap during an upgrade. The order is inbound, then gate. The handler is
/// called under the inbound lock, never under the gate.
/// </remarks>
public sealed class Session
{
    /// <summary>How long after a client's close packet a poll that it sent at the same time is still answered, in milliseconds.</summary>
    private const long GoodbyeLifetime = 1000;

    private readonly EngineServer _server;
    private readonly Lock _inbound = new();
    private readonly Lock _gate = new();
    private readonly ISessionHandler _handler;

    private readonly SessionSender _sender;
    private SessionTimes _times;
    private WebSocketTransport? _probing;
    private bool _accepted;

    internal Session(EngineServer server, string id, int revision, HandshakeRequest request, Func<Session, ITransport> transport, Func<Session, ISessionHandler> handler)
    {
        _server = server;
        Id = id;
        Revision = revision;
        Request = request;
        _times = new SessionTimes(server.Now);
        _sender = new SessionSender(this, server.Options, _gate, transport(this));
        _handler = handler(this);
    }

    /// <summary>The session id. It is a secret between client and server: whoever has it can send in the client's name. Never log it.</summary>
    public string Id { get; }

    /// <summary>The revision of Engine.IO that the client speaks: 3 or 4.</summary>
    public int Revision { get; }

    /// <summary>The request that opened the session.</summary>
    public HandshakeRequest Request { get; }

    /// <summary>The transport in use: <c>polling</c> or <c>websocket</c>.</summary>
    public string TransportName => _sender.Transport.Name;

    /// <summary>Whether the session still takes packets.</summary>
    public bool IsOpen => _sender.State == SessionState.Open;

    /// <summary>Whether the transport takes packets now: its last write is done, or a poll waits for one.</summary>
    public bool IsWritable => _sender.IsWritable;

    /// <summary>What waits in the send buffer. Read without the gate: it is only counted.</summary>
    internal int BufferedBytes => _sender.BufferedBytes;

    /// <summary>Whether <see cref="Accept"/> was called in time. Settled once the session has ended.</summary>
    internal bool IsAccepted => _accepted;

    // Links and due time of the timer wheel, owned by it.
    internal Session? WheelNext { get; set; }

    internal Session? WheelPrevious { get; set; }

    internal int WheelSlot { get; set; } = HeartbeatWheel.Unscheduled;

    internal long WheelDue { get; set; }

    internal bool IsUpgradable => _server.Options.AllowUpgrades
        && _sender.Transport is PollingTransport
        && _server.Options.Transports.HasFlag(EngineTransports.WebSocket);

    internal EngineServer Server => _server;

    /// <summary>What transports take packets from.</summary>
    internal SessionSender Sender => _sender;

    internal PollingTransport? Polling => _sender.Transport as PollingTransport;

    /// <summary>Whether a probe was answered: polls are not parked any more, so that the client can stop polling.</summary>
    internal bool IsProbed { get; private set; }

    /// <summary>Queues one packet. Never blocks. False when the session has ended or the packet made it end (<see cref="CloseReason.SendBufferFull"/>).</summary>
    /// <param name="packet">A message; it may be shared with other sessions.</param>
    public bool Send(Packet packet) => _sender.Send(packet, default);

    /// <summary>Queues packets as one unit: no other packet comes between them.</summary>
    /// <param name="first">The first packet.</param>
    /// <param name="more">Those that must follow it at once.</param>
    public bool Send(Packet first, ReadOnlySpan<Packet> more) => _sender.Send(first, more);

    /// <summary>
    /// Sends packets as one unit if the transport takes them at once, with what is queued before them; for volatile packets. Also
    /// while a read is being handled, whose answers otherwise wait for its end.
    /// </summary>
    /// <param name="first">The first packet.</param>
    /// <param name="more">Those that must follow it at once.</param>
    /// <returns>False when they were dropped: the transport is busy, or the session has ended.</returns>
    public bool TrySendNow(Packet first, ReadOnlySpan<Packet> more) => _sender.TrySendNow(first, more);

    /// <summary>Completes when the send buffer is below half of its limits, or the session has ended.</summary>
    public Task DrainAsync(CancellationToken cancellationToken) => _sender.DrainAsync(cancellationToken);

    /// <summary>Tells that the layer above has taken the client for one of its own: it does not count against <see cref="EngineOptions.MaxPendingSessions"/> any more.</summary>
    public void Accept()
    {
        lock (_gate)
        {
            if (_sender.State == SessionState.Closed || _accepted)
                return;
            _accepted = true;
        }

        _server.Accepted(this);
    }

    /// <summary>Ends the session after <paramref name="limit"/> unless <see cref="DisarmDeadline"/> comes first. One deadline at a time: a new one replaces it.</summary>
    /// <param name="limit">How long from now.</param>
    /// <param name="reason">The reason that the session ends with.</param>
    public void ArmDeadline(TimeSpan limit, CloseReason reason)
    {
        lock (_gate)
        {
            if (_sender.State != SessionState.Open)
                return;
            _times.SetDeadline(_server.Now + (long)limit.TotalMilliseconds, reason);
        }

        _server.Wheel.Schedule(this, NextDue());
    }

    /// <summary>Calls off the deadline.</summary>
    public void DisarmDeadline()
    {
        lock (_gate)
        {
            // That of a close is not called off.
            if (_sender.State == SessionState.Open)
                _times.ClearDeadline();
        }
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
            if (_sender.State == SessionState.Closed)
                return;

            transport = _sender.Transport;
            // Before the end can be seen, so that a poll that comes at this moment finds either the session or this.
            if (tellNextPoll && transport is PollingTransport { Parked: null })
                _server.Farewells.Add(this, Packet.Close, _server.Now + _server.CloseTimeout);
            waiters = _sender.Close();
            probing = _probing;
            _probing = null;
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
            // Also when a listener to metrics or a logger throws.
            transport.End(reason);
            probing?.End(reason);
            SessionSender.Complete(waiters);
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
        lock (_gate)
        {
            if (!_sender.TryBeginClosing(reason))
                return;
            _times.SetDeadline(_server.Now + _server.CloseTimeout, reason);
        }

        // Draining ends the session when there is nothing left; a poll that is parked takes the close packet along.
        _server.Wheel.Schedule(this, NextDue());
        _sender.Flush(corked: true);
    }

    /// <summary>Schedules it in the timer wheel. Called before it is opened, so that a session that never opens ends too.</summary>
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

    /// <summary>Whether the client has missed its heartbeat, also where the timer wheel has not looked yet: a late request must not revive the session.</summary>
    internal bool IsOverdue()
    {
        lock (_gate)
            return _sender.State == SessionState.Open && _server.Now >= _times.DeadAt(_server);
    }

    /// <summary>Takes a packet from a transport.</summary>
    internal Reception Receive(ITransport from, ReceivedPacket packet)
    {
        lock (_inbound)
        {
            if (_sender.State == SessionState.Closed)
                return Reception.Refused;
            // Packets that arrive while the session is being closed are dropped. They are no error.
            if (_sender.State == SessionState.Closing)
                return Reception.Taken;

            switch (packet.Type)
            {
                case PacketType.Message:
                    Dispatch(packet);
                    return _sender.State == SessionState.Closed ? Reception.TakenLast : Reception.Taken;
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
                    // Left over from an upgrade. The reference server ignores them too.
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
            if (_sender.State == SessionState.Open && _probing is null && IsUpgradable)
            {
                _probing = transport;
                IsProbed = false;
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
            IsProbed = true;
            // Queued packets are corked until this read has been handled, and then answer the poll.
            polling = _sender.IsEmpty ? Polling : null;
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
            if (_sender.State == SessionState.Closed || _probing != transport || !IsProbed)
                return false;

            polling = (PollingTransport)_sender.Transport;
            active = true;
            _sender.Transport = transport;
            _probing = null;
            IsProbed = false;
        }

        _server.Metrics.Upgraded();
        polling.Answer(Packet.Noop);
        _sender.Flush();
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
            IsProbed = false;
        }

        _server.Metrics.UpgradeFailed(failure);
        return true;
    }

    /// <summary>Acts on what is due and says when to look again; -1 for never.</summary>
    internal long OnDue(long now)
    {
        var ping = false;
        var tell = false;
        CloseReason? end = null;
        lock (_gate)
        {
            var closing = _sender.State == SessionState.Closing;
            if (_sender.State == SessionState.Closed)
                return -1;

            if (!closing && now >= _times.DeadAt(_server))
                end = CloseReason.PingTimeout;
            else if (now >= _times.Deadline)
                (end, tell) = (_times.DeadlineReason, !closing);
            else if (_sender.WriteBegan >= 0 && now >= _sender.WriteBegan + _server.WriteTimeout)
                end = CloseReason.WriteTimeout;
            else
                ping = !closing && Revision == 4 && _times.TryPing(_server, now);
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
            return _sender.State == SessionState.Closing ? _times.Deadline : _times.NextDue(_server, sendsPings: Revision == 4);
        }
    }

    private void Alive()
    {
        lock (_gate)
            _times.Alive(_server.Now);

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
        // When the close packet came by POST, answer the parked poll with a noop, so that the client sees no failed request.
        if (from is PollingTransport polling && !polling.Answer(Packet.Noop))
            _server.Farewells.Add(this, Packet.Noop, _server.Now + GoodbyeLifetime);
        Drop(CloseReason.TransportClose);
    }
}
