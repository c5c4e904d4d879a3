using System.Collections.Concurrent;
using System.Text.Json.Serialization.Metadata;
using SocketIO.Protocol;

namespace SocketIO;

/// <summary>
/// One client in one namespace. Its state goes from connecting over connected to ended, and <see cref="End"/> is the one
/// way to the last.
/// </summary>
internal sealed class Socket : ISocket
{
    private const int Connecting = 0;
    private const int IsConnected = 1;
    private const int Ended = 2;

    private readonly Connection _connection;
    private readonly EventQueue _events;
    private readonly Lock _lock = new();
    private int _state;
    private DisconnectReason _reason;
    private CancellationTokenSource? _closed;
    private ConcurrentDictionary<object, object?>? _items;
    private PendingAcks? _acks;
    private SocketHandlers? _handlers;
    private ReplayHold? _hold;

    public Socket(Connection connection, Namespace ns, string id, Handshake handshake)
    {
        _connection = connection;
        _events = new EventQueue(this);
        Home = ns;
        Id = id;
        Handshake = handshake;
    }

    public string Id { get; internal set; }

    public Namespace Home { get; }

    public INamespace Namespace => Home;

    public SocketServer Server => Home.Server;

    public Handshake Handshake { get; }

    public bool Connected => Volatile.Read(ref _state) == IsConnected;

    public bool HasEnded => Volatile.Read(ref _state) == Ended;

    public bool Recovered { get; internal set; }

    /// <summary>The secret with which the client can be recovered; null when it cannot.</summary>
    public string? Pid { get; internal set; }

    public EngineIO.Session Session => _connection.Session;

    public string TransportName => Session.TransportName;

    public int Protocol => _connection.Protocol;

    // These two are guarded by the lock of the namespace's RoomMap.
    public HashSet<string>? JoinedRooms { get; set; }

    public bool HasLeft { get; set; }

    public IReadOnlyCollection<string> Rooms => Home.Rooms.RoomsOf(this);

    public BroadcastOperator Broadcast => new(Home, except: [Id]);

    public IDictionary<object, object?> Items => _items ?? Interlocked.CompareExchange(ref _items, new(), null) ?? _items;

    public CancellationToken Closed
    {
        get
        {
            lock (_lock)
            {
                if (_state == Ended)
                    return new CancellationToken(canceled: true);
                return (_closed ??= new CancellationTokenSource()).Token;
            }
        }
    }

    private SocketHandlers Handlers => _handlers ?? Interlocked.CompareExchange(ref _handlers, new SocketHandlers(Home.Handlers), null) ?? _handlers;

    public BroadcastOperator To(string room) => Broadcast.To(room);

    public BroadcastOperator To(params ReadOnlySpan<string> rooms) => Broadcast.To(rooms);

    public BroadcastOperator In(string room) => Broadcast.To(room);

    public BroadcastOperator Except(string room) => Broadcast.Except(room);

    public BroadcastOperator Except(params ReadOnlySpan<string> rooms) => Broadcast.Except(rooms);

    public void On(string eventName, SocketEventHandler handler) => Handlers.On(eventName, handler);

    public bool Off(string eventName) => _handlers?.Off(eventName) == true;

    public void UseEvents(SocketEventMiddleware middleware) => Handlers.UseEvents(middleware);

    public void OnAny(Action<SocketEvent> listener) => Handlers.OnAny(listener);

    public bool OffAny(Action<SocketEvent> listener) => _handlers?.OffAny(listener) == true;

    public void OnAnyOutgoing(Action<OutgoingEvent> listener) => Handlers.OnAnyOutgoing(listener);

    public bool OffAnyOutgoing(Action<OutgoingEvent> listener) => _handlers?.OffAnyOutgoing(listener) == true;

    public bool Emit(string eventName) => Emit(eventName, default, [], null, isVolatile: false);

    public bool Emit(string eventName, ReadOnlyMemory<byte> utf8Json) => Emit(eventName, utf8Json.Span, [], null, isVolatile: false);

    public bool Emit<T>(string eventName, T value, JsonTypeInfo<T> type)
    {
        List<ReadOnlyMemory<byte>>? attachments = null;
        var json = ValueJson.Write(value, type, ref attachments);
        return Emit(eventName, json, attachments ?? [], null, isVolatile: false);
    }

    public bool Emit(string eventName, EventArguments arguments) =>
        Emit(eventName, arguments.Json.Span, arguments.Attachments, null, isVolatile: false);

    public bool Emit(string eventName, EventArguments arguments, string offset) =>
        Emit(eventName, arguments.Json.Span, arguments.Attachments, offset, isVolatile: false);

    public bool Emit(string eventName, ReadOnlyMemory<byte> utf8Json, string offset) =>
        Emit(eventName, utf8Json.Span, [], offset, isVolatile: false);

    public bool EmitVolatile(string eventName, ReadOnlyMemory<byte> utf8Json) => Emit(eventName, utf8Json.Span, [], null, isVolatile: true);

    public bool EmitVolatile(string eventName, EventArguments arguments) =>
        Emit(eventName, arguments.Json.Span, arguments.Attachments, null, isVolatile: true);

    public async ValueTask<bool> EmitAsync(string eventName, ReadOnlyMemory<byte> utf8Json, CancellationToken cancellationToken)
    {
        await DrainAsync(cancellationToken);
        return Emit(eventName, utf8Json);
    }

    public ValueTask DrainAsync(CancellationToken cancellationToken) => new(_connection.Session.DrainAsync(cancellationToken));

    public Task<Acknowledgement> EmitWithAckAsync(string eventName, ReadOnlyMemory<byte> utf8Json, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        AskAsync(eventName, utf8Json, [], timeout, cancellationToken);

    public Task<Acknowledgement> EmitWithAckAsync(string eventName, EventArguments arguments, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        AskAsync(eventName, arguments.Json, arguments.Attachments, timeout, cancellationToken);

    public void Join(string room) => Home.Rooms.Join(this, room);

    public void Join(params ReadOnlySpan<string> rooms) => Home.Rooms.Join(this, rooms);

    public void Leave(string room) => Home.Rooms.Leave(this, room);

    public void Leave(params ReadOnlySpan<string> rooms)
    {
        foreach (var room in rooms)
            Leave(room);
    }

    public void Disconnect(bool close = false) => _connection.Disconnect(this, close);

    public void CloseConnection() => _connection.CloseSoon();

    /// <summary>Sends an event that is encoded already.</summary>
    public bool Send(EncodedPacket packet, bool isVolatile, string? offset)
    {
        if (!Connected)
            return false;
        if (_hold is { } hold && hold.TryHold(packet, isVolatile, offset))
            return true;
        return _connection.SendEvent(packet, isVolatile);
    }

    /// <summary>Whether anything was registered on this very socket.</summary>
    public bool HasOwnHandlers => _handlers is not null;

    public void TellOutgoing(OutgoingEvent sent)
    {
        try
        {
            foreach (var listener in Home.Handlers.OutgoingListeners)
                listener(this, sent);
            foreach (var listener in _handlers?.OutgoingListeners ?? [])
                listener(sent);
        }
        catch (Exception exception)
        {
            // The event is sent all the same.
            Server.Metrics.HandlerFailed(Home);
            Server.Log.ListenerFailed(Home.Name, exception);
        }
    }

    public void SendAck(ulong id, ReadOnlySpan<byte> json, IReadOnlyList<ReadOnlyMemory<byte>> attachments)
    {
        if (!Connected)
            return;
        _connection.Send(Encode(new OutgoingPacket(SocketPacketType.Ack, Home.Name) { Id = id, Json = json, Attachments = attachments }));
    }

    /// <summary>Answers CONNECT and lets packets through; false when the socket ended meanwhile.</summary>
    public bool TryConnect(EncodedPacket answer, ReplayHold? hold)
    {
        _hold = hold;
        lock (_lock)
        {
            if (_state != Connecting)
                return false;

            // The answer is queued before other threads can see the socket as connected, so nothing overtakes it. While it is sent, the
            // client may turn out to be gone.
            if (!_connection.Send(answer) || !Session.IsOpen || _state != Connecting)
                return false;
            Volatile.Write(ref _state, IsConnected);
            Server.Running.Enter();
            return true;
        }
    }

    /// <summary>Sends what was held back during the replay and lets live packets through again.</summary>
    public void ReleaseHold()
    {
        if (_hold is not { } hold)
            return;
        if (!hold.Release(packet => _connection.SendEvent(packet, isVolatile: false)))
            _connection.Session.Close(EngineIO.CloseReason.SendBufferFull);
        _hold = null;
    }

    /// <summary>Begins to handle events.</summary>
    /// <param name="discard">Drops those that came so far: the socket could not be set up for them.</param>
    public void Start(bool discard) => _events.Start(discard);

    public bool TryPost(IncomingPacket packet) => _events.TryPost(new SocketEvent(this, packet));

    public void OnAck(IncomingPacket packet) => _acks?.Complete(packet.Id!.Value, packet);

    /// <summary>Ends the socket: the only place where that is done. Calls after the first do nothing. Events that have come are handled all the same.</summary>
    public void End(DisconnectReason reason)
    {
        CancellationTokenSource? closed;
        bool wasConnected;
        lock (_lock)
        {
            if (_state == Ended)
                return;
            wasConnected = _state == IsConnected;
            _reason = reason;
            Volatile.Write(ref _state, Ended);
            closed = _closed;
        }

        if (wasConnected)
        {
            RunDisconnecting(reason);
            if (Pid is { } pid)
                Server.Options.Recovery?.Ended(this, pid, reason);
        }

        Home.Rooms.Remove(this);
        _connection.Forget(this);
        _acks?.End(reason);
        if (closed is not null)
            _ = closed.CancelAsync();
        if (!wasConnected)
            return;

        Server.Metrics.Disconnected(Home, reason);
        Server.Log.Disconnected(Home.Name, reason.ToCanonical());
        _events.Complete();
    }

    /// <summary>Runs the handler of an event. Never fails.</summary>
    public ValueTask HandleAsync(SocketEvent received)
    {
        try
        {
            var (shared, own) = (Home.Handlers, _handlers);
            if (!received.IsTooDeep)
            {
                foreach (var listener in shared.Listeners)
                    listener(received);
                foreach (var listener in own?.Listeners ?? [])
                    listener(received);
            }

            var token = Server.Running.Token;
            var handling = own is null ? shared.Find(received)(received, token) : own.HandleAsync(received, token);
            if (!handling.IsCompletedSuccessfully || received.HasScope)
                return AwaitAsync(received, handling);
        }
        catch (Exception exception)
        {
            return AwaitAsync(received, ValueTask.FromException(exception));
        }

        return default;
    }

    public void RunDisconnected() => _ = RunDisconnectedAsync();

    private async ValueTask AwaitAsync(SocketEvent received, ValueTask handling)
    {
        try
        {
            await handling;
        }
        catch (Exception exception) when (IsOfTheEnd(exception))
        {
            // The handler wanted something of a client that is gone, or the server stops.
        }
        catch (InvalidEventException exception)
        {
            received.Ack(ValueJson.BadArgument(exception.Message));
        }
        catch (Exception exception)
        {
            OnHandlerFailed(received.Name, exception);
        }

        try
        {
            await received.EndScopeAsync();
        }
        catch (Exception exception)
        {
            OnHandlerFailed(received.Name, exception);
        }
    }

    /// <summary>Whether an exception says no more than that the socket has ended or the server stops: no fault of the handler.</summary>
    public bool IsOfTheEnd(Exception exception) =>
        exception is OperationCanceledException or SocketDisconnectedException && (HasEnded || Server.Running.Token.IsCancellationRequested);

    private async Task RunDisconnectedAsync()
    {
        foreach (var handler in Home.Handlers.Disconnected)
        {
            try
            {
                await handler(this, _reason);
            }
            catch (Exception exception)
            {
                OnHandlerFailed("disconnect", exception);
            }
        }

        Server.Running.Leave();
    }

    private void RunDisconnecting(DisconnectReason reason)
    {
        foreach (var handler in Home.Handlers.Disconnecting)
        {
            try
            {
                handler(this, reason);
            }
            catch (Exception exception)
            {
                OnHandlerFailed("disconnecting", exception);
            }
        }
    }

    private void OnHandlerFailed(string eventName, Exception exception)
    {
        Server.Metrics.HandlerFailed(Home);
        var known = Home.Handlers.IsKnown(eventName) || _handlers?.IsKnown(eventName) == true;
        Server.Log.HandlerFailed(Home.Name, known ? eventName : "(unhandled)", exception);
    }

    private bool Emit(string eventName, ReadOnlySpan<byte> json, IReadOnlyList<ReadOnlyMemory<byte>> attachments, string? offset, bool isVolatile)
    {
        ReservedNames.ThrowIfReserved(eventName);
        if (!Connected)
            return false;

        if (HasOwnHandlers || Home.Handlers.OutgoingListeners.Count > 0)
        {
            // The listener may emit, which may overwrite the buffer of the JSON: go on with the copy.
            var told = new OutgoingEvent(eventName, json, attachments);
            json = told.ArgumentsJson.Span;
            TellOutgoing(told);
        }

        if (offset is null && !isVolatile && Server.Options.Recovery is { } recovery)
            offset = recovery.Append(new(Home.Name, eventName, json, attachments, [Id], []));
        var packet = Encode(new OutgoingPacket(SocketPacketType.Event, Home.Name)
        {
            EventName = eventName,
            Json = json,
            Attachments = attachments,
            Offset = Pid is null ? null : offset,
        });
        if (!Send(packet, isVolatile, offset))
            return false;
        Server.Events.Sent(sockets: 1);
        return true;
    }

    private async Task<Acknowledgement> AskAsync(
        string eventName, ReadOnlyMemory<byte> json, IReadOnlyList<ReadOnlyMemory<byte>> attachments, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        ReservedNames.ThrowIfReserved(eventName);
        if (HasEnded)
            throw new SocketDisconnectedException(_reason);

        if (HasOwnHandlers || Home.Handlers.OutgoingListeners.Count > 0)
            TellOutgoing(new OutgoingEvent(eventName, json.Span, attachments));
        var acks = _acks ?? Interlocked.CompareExchange(ref _acks, new PendingAcks(Server.Options.MaxPendingAcks, Server.Metrics), null) ?? _acks;
        // If the socket ended in between, End has not seen the new list: end it here.
        if (HasEnded)
            acks.End(_reason);
        var answer = acks.Add(out var id);
        try
        {
            var packet = Encode(new OutgoingPacket(SocketPacketType.Event, Home.Name)
            {
                Id = id,
                EventName = eventName,
                Json = json.Span,
                Attachments = attachments,
            });
            if (!Send(packet, isVolatile: false, offset: null))
                throw new SocketDisconnectedException(_reason);
            Server.Events.Sent(sockets: 1);
            return new Acknowledgement(await answer.WaitAsync(timeout ?? Server.Options.AckTimeout, Server.Time, cancellationToken));
        }
        catch (TimeoutException)
        {
            Server.Metrics.AckTimedOut(Home);
            throw;
        }
        finally
        {
            acks.Remove(id);
        }
    }

    private EncodedPacket Encode(in OutgoingPacket packet) => Server.Options.Codec.Encode(packet);
}
