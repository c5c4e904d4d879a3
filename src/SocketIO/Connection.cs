using System.Text;
using System.Text.Json;
using EngineIO;
using Microsoft.AspNetCore.WebUtilities;
using SocketIO.Protocol;
using SocketIO.Recovery;

namespace SocketIO;

/// <summary>
/// One client's session as Socket.IO sees it: decodes packets, and leads each to the socket of its namespace. The calls of
/// <see cref="ISessionHandler"/> do not overlap; what other threads touch is under the lock.
/// </summary>
internal sealed class Connection(SocketServer server, Session session) : ISessionHandler
{
    private readonly PacketDecoder _decoder = server.Options.Codec.CreateDecoder(
        new DecoderLimits(server.Options.MaxAttachments, server.Options.Engine.MaxPayload, server.Options.MaxDepth));

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Socket> _sockets = new(1, StringComparer.Ordinal);

    // Namespaces that the server has thrown this client out of: what it sent before it knew is dropped.
    private HashSet<string>? _left;
    private DisconnectReason? _reason;
    private bool _closed;
    private int _connecting;
    private bool _joined;

    // The connection is about to be closed: no more events are sent, and no namespace is joined.
    private volatile bool _quiet;

    // CONNECT packets since the time; of the reading thread alone.
    private int _connects;
    private long _connectsSince;

    // By when a namespace is to be joined, and by when attachments are to have come; in milliseconds of the server's clock.
    private long _joinedBy = long.MaxValue;
    private long _attachedBy = long.MaxValue;

    public Session Session => session;

    /// <summary>The revision of Socket.IO: the one that comes with the session's of Engine.IO.</summary>
    public int Protocol => session.Revision == 3 ? 4 : 5;

    public void Opened()
    {
        AwaitJoin();
        // Clients of protocol 4 are in the main namespace without asking.
        if (Protocol == 4)
            Connect("/", null, default);
    }

    public void Text(ReadOnlySpan<byte> utf8) => Accept(_decoder.TryAddText(utf8, out var packet), packet);

    public void Binary(ReadOnlySpan<byte> data) => Accept(_decoder.TryAddBinary(data, out var packet), packet);

    public void Closed(CloseReason reason)
    {
        Socket[] sockets;
        lock (_lock)
        {
            _closed = true;
            sockets = [.. _sockets.Values];
        }

        var ended = _reason ?? DisconnectReasons.FromEngine(reason);
        foreach (var socket in sockets)
            socket.End(ended);
    }

    /// <summary>Called when the server stops, a moment before it closes the session.</summary>
    public void Closing() => _quiet = true;

    public bool Send(EncodedPacket packet) => session.Send(packet.First, packet.Attachments);

    public bool SendEvent(EncodedPacket packet, bool isVolatile)
    {
        if (_quiet)
            return false;
        if (!isVolatile)
            return Send(packet);
        if (session.TrySendNow(packet.First, packet.Attachments))
            return true;
        server.Metrics.VolatileDropped();
        return false;
    }

    /// <summary>Ends the connection in good order: sends no more events, and closes it after <see cref="SocketIOOptions.CloseDelay"/>.</summary>
    public void CloseSoon()
    {
        if (server.Options.CloseDelay == TimeSpan.Zero)
            session.CloseWhenFlushed(CloseReason.ForcedClose);
        else if (!_quiet)
            _ = CloseSoonAsync();
    }

    private async Task CloseSoonAsync()
    {
        _quiet = true;
        // Real time: what it gives the client is time to read.
        await Task.Delay(server.Options.CloseDelay, TimeProvider.System);
        session.CloseWhenFlushed(CloseReason.ForcedClose);
    }

    public void Forget(Socket socket)
    {
        lock (_lock)
        {
            if (_sockets.TryGetValue(socket.Home.Name, out var present) && present == socket)
                _sockets.Remove(socket.Home.Name);
        }

        server.Release(socket.Home);
    }

    public void Disconnect(Socket socket, bool close)
    {
        if (!close)
        {
            Leave(socket);
            return;
        }

        Socket[] sockets;
        lock (_lock)
            sockets = [.. _sockets.Values];
        foreach (var each in sockets)
            Leave(each);
        CloseSoon();
    }

    private void Leave(Socket socket)
    {
        if (socket.HasEnded)
            return;
        lock (_lock)
        {
            _left ??= new HashSet<string>(StringComparer.Ordinal);
            // Bounded, as a client may be let in and thrown out of ever new namespaces.
            if (_left.Count < 4 * server.Options.MaxNamespacesPerConnection)
                _left.Add(socket.Home.Name);
        }

        Send(server.Options.Codec.Encode(new OutgoingPacket(SocketPacketType.Disconnect, socket.Home.Name)));
        socket.End(DisconnectReason.ServerNamespaceDisconnect);
    }

    private void Accept(bool decoded, IncomingPacket? packet)
    {
        if (!decoded)
        {
            session.Close(CloseReason.ParseError);
            return;
        }

        if (_decoder.IsWaiting != _attachedBy < long.MaxValue)
        {
            lock (_lock)
            {
                _attachedBy = _decoder.IsWaiting ? After(server.Options.AttachmentTimeout) : long.MaxValue;
                UpdateDeadline();
            }
        }

        if (packet is not null)
            OnPacket(packet);
    }

    private void OnPacket(IncomingPacket packet)
    {
        if (packet.Type == SocketPacketType.Connect)
        {
            Connect(packet.Namespace, packet, packet.Json);
            return;
        }

        Socket? socket;
        lock (_lock)
        {
            if (!_sockets.TryGetValue(packet.Namespace, out socket) && _left?.Contains(packet.Namespace) == true)
                return;
        }

        if (socket is null)
        {
            CloseForInvalidState();
            return;
        }

        switch (packet.Type)
        {
            case SocketPacketType.Disconnect:
                socket.End(DisconnectReason.ClientNamespaceDisconnect);
                break;
            case SocketPacketType.Ack:
                socket.OnAck(packet);
                break;
            case var _ when !socket.TryPost(packet):
                _reason = DisconnectReason.EventQueueFull;
                session.Close(CloseReason.ForcedClose);
                break;
        }
    }

    private void Connect(string requested, IncomingPacket? packet, ReadOnlyMemory<byte> authJson)
    {
        if (_quiet)
            return;
        if (!TryCountConnect())
        {
            server.Metrics.LimitExceeded(nameof(SocketIOOptions.MaxConnects));
            _reason = DisconnectReason.TooManyConnects;
            session.Close(CloseReason.ForcedClose);
            return;
        }

        var name = requested;
        if (packet?.IsTooDeep == true)
        {
            Refuse(name, "The auth is nested too deep", null);
            return;
        }

        JsonElement? auth = authJson.IsEmpty ? null : ValueJson.Element(authJson.Span);
        IReadOnlyDictionary<string, string>? query = null;
        if (Protocol == 4)
        {
            (name, query, auth) = SplitQuery(requested);
            // The main namespace was joined for the client; some say so again.
            if (name == "/" && packet is not null && Find("/") is not null)
                return;
        }

        if (Find(name) is not null)
        {
            CloseForInvalidState();
            return;
        }

        int joined;
        lock (_lock)
            joined = _sockets.Count;
        if (joined >= server.Options.MaxNamespacesPerConnection)
        {
            server.Metrics.LimitExceeded(nameof(SocketIOOptions.MaxNamespacesPerConnection));
            Refuse(name, "Too many namespaces", null);
            return;
        }

        if (server.Acquire(name, auth) is not { } ns)
        {
            Refuse(name, "Invalid namespace", null);
            return;
        }

        var recovery = TakeRecovery(ref auth, out var pid, out var offset);
        var id = Protocol == 5 ? SessionId.New() : name == "/" ? session.Id : $"{name}#{session.Id}";
        var socket = new Socket(this, ns, id, new Handshake(session.Request, query, auth));
        lock (_lock)
        {
            if (_closed)
            {
                server.Release(ns);
                return;
            }

            _sockets.Add(name, socket);
            _left?.Remove(name);
            _connecting++;
            // The first join has its time from the beginning, however often it is refused.
            if (_joined)
                AwaitJoin();
        }

        _ = ConnectAsync(socket, recovery && pid is not null ? new RecoveryRequest(name, pid, offset, socket.Handshake) : null);
    }

    /// <summary>Counts a CONNECT, each of which may cost the application a middleware. False when it is one too many.</summary>
    private bool TryCountConnect()
    {
        var now = server.Engine.Now;
        if (now - _connectsSince >= server.Options.ConnectTimeout.TotalMilliseconds)
        {
            _connectsSince = now;
            _connects = 0;
        }

        return ++_connects <= server.Options.MaxConnects;
    }

    private async Task ConnectAsync(Socket socket, RecoveryRequest? request)
    {
        if (server.Options.HandlerScheduling == HandlerScheduling.ThreadPool)
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);

        RecoveredSocket? recovered = null;
        try
        {
            if (request is not null)
                recovered = await server.Options.Recovery!.RestoreAsync(request, socket.Closed);
        }
        catch (Exception exception)
        {
            OnRecoveryFailed(socket, exception);
            return;
        }

        try
        {
            if (recovered is not null)
                Restore(socket, recovered);
            if (recovered is null || !recovered.SkipMiddlewares)
            {
                foreach (var middleware in socket.Home.Handlers.Middlewares)
                {
                    await middleware(socket, socket.Closed);
                    if (socket.HasEnded)
                        break;
                }
            }
        }
        catch (Exception exception)
        {
            OnRefused(socket, exception);
            return;
        }

        try
        {
            if (recovered is null && Protocol == 5 && server.Options.Recovery is { } store && !socket.HasEnded)
                socket.Pid = await store.IssueAsync(socket, socket.Closed);
        }
        catch (Exception exception)
        {
            OnRecoveryFailed(socket, exception);
            return;
        }

        EndConnecting(letIn: true);
        session.Accept();
        var hold = recovered?.Replay is null ? null : new ReplayHold(server.Options.Engine.MaxSendBufferBytes, server.Options.Engine.MaxSendBufferPackets);
        socket.Home.Rooms.Add(socket);
        if (!socket.TryConnect(EncodeConnect(socket), hold))
        {
            // It ended while it was being let in, and may have been added after its end had cleaned up.
            socket.Home.Rooms.Remove(socket);
            // The store has made a note of it, and its end came too early to be told.
            if (socket.Pid is { } pid)
                server.Options.Recovery?.Ended(socket, pid, DisconnectReason.ServerNamespaceDisconnect);
            return;
        }

        server.Metrics.Connected(socket.Home);
        server.Log.Connected(socket.Home.Name);
        var isSetUp = (hold is null || await TryReplayAsync(socket, recovered!, hold)) && await TrySetUpAsync(socket);
        socket.Start(discard: !isSetUp);
    }

    /// <summary>Gives a recovered socket what it missed.</summary>
    private async Task<bool> TryReplayAsync(Socket socket, RecoveredSocket recovered, ReplayHold hold)
    {
        try
        {
            hold.BeginReplay();
            await recovered.Replay!(socket, socket.Closed);
            socket.ReleaseHold();
            return true;
        }
        catch (Exception exception) when (socket.IsOfTheEnd(exception))
        {
            // There is nobody left to replay to. What the client sent meanwhile still counts.
            return true;
        }
        catch (Exception exception)
        {
            OnSetUpFailed(socket, exception);
            return false;
        }
    }

    /// <summary>Runs the handlers of the connect, to the end even if the client has left meanwhile: its events are handled after them.</summary>
    private async Task<bool> TrySetUpAsync(Socket socket)
    {
        try
        {
            foreach (var handler in socket.Home.Handlers.Connected)
                await handler(socket, server.Running.Token);
            return true;
        }
        catch (Exception exception) when (socket.IsOfTheEnd(exception))
        {
            // The handler wanted something of a client that is gone.
            return true;
        }
        catch (Exception exception)
        {
            OnSetUpFailed(socket, exception);
            return false;
        }
    }

    /// <summary>Half set up the socket would be silent for good; a client whose connection closes comes back.</summary>
    private void OnSetUpFailed(Socket socket, Exception exception)
    {
        server.Metrics.HandlerFailed(socket.Home);
        server.Log.HandlerFailed(socket.Home.Name, "connect", exception);
        session.Close(CloseReason.ForcedClose);
    }

    private static void Restore(Socket socket, RecoveredSocket recovered)
    {
        if (recovered.Id is { } id)
            socket.Id = id;
        socket.Pid = recovered.Pid;
        socket.Recovered = true;
        foreach (var (key, value) in recovered.Items)
            socket.Items[key] = value;
        foreach (var room in recovered.Rooms)
            socket.Join(room);
    }

    /// <summary>Let in all the same, it would not ask for what it missed; a client whose connection closes comes back.</summary>
    private void OnRecoveryFailed(Socket socket, Exception exception)
    {
        if (!socket.HasEnded)
            server.Log.RestoreFailed(socket.Home.Name, exception);
        EndConnecting(letIn: false);
        session.Close(CloseReason.ForcedClose);
    }

    private void OnRefused(Socket socket, Exception exception)
    {
        var ended = socket.HasEnded;
        EndConnecting(letIn: false);
        socket.End(DisconnectReason.ServerNamespaceDisconnect);
        if (ended)
            return;

        server.Metrics.Refused(socket.Home);
        if (exception is ConnectRefusedException refused)
        {
            Refuse(socket.Home.Name, refused.Message, refused.Refusal);
        }
        else
        {
            server.Log.MiddlewareFailed(socket.Home.Name, exception);
            Refuse(socket.Home.Name, "Internal error", null);
        }
    }

    private void AwaitJoin()
    {
        lock (_lock)
        {
            _joinedBy = After(server.Options.ConnectTimeout);
            UpdateDeadline();
        }
    }

    private void EndConnecting(bool letIn)
    {
        lock (_lock)
        {
            _connecting--;
            _joined |= letIn;
            if (_connecting == 0 && _joined)
                _joinedBy = long.MaxValue;
            UpdateDeadline();
        }
    }

    /// <summary>The one deadline of the session serves two waits, for a namespace to be joined and for attachments: it is the earlier. Called under the lock.</summary>
    private void UpdateDeadline()
    {
        var due = Math.Min(_joinedBy, _attachedBy);
        if (due == long.MaxValue)
            session.DisarmDeadline();
        else
            session.ArmDeadline(
                TimeSpan.FromMilliseconds(Math.Max(0, due - server.Engine.Now)),
                _attachedBy < _joinedBy ? CloseReason.AttachmentTimeout : CloseReason.ConnectTimeout);
    }

    private long After(TimeSpan limit) => server.Engine.Now + (long)limit.TotalMilliseconds;

    private bool TakeRecovery(ref JsonElement? auth, out string? pid, out string? offset)
    {
        pid = offset = null;
        if (server.Options.Recovery is null || Protocol != 5 || auth is not { } given || !given.TryGetProperty("pid", out var pidValue))
            return false;

        pid = pidValue.ValueKind == JsonValueKind.String ? pidValue.GetString() : null;
        if (given.TryGetProperty("offset", out var offsetValue) && offsetValue.ValueKind == JsonValueKind.String)
            offset = offsetValue.GetString();
        // Handlers see what the application's client gave, not what its library added.
        auth = ValueJson.Without(given, "pid", "offset");
        return true;
    }

    private EncodedPacket EncodeConnect(Socket socket)
    {
        byte[] json = [];
        if (Protocol == 5)
            json = ValueJson.ConnectPayload(socket.Id, socket.Pid);
        return server.Options.Codec.Encode(new OutgoingPacket(SocketPacketType.Connect, socket.Home.Name) { Json = json });
    }

    private void Refuse(string name, string message, JsonElement? data)
    {
        var json = Protocol == 5 ? ValueJson.ErrorPayload(message, data)
            : data is { } value ? Encoding.UTF8.GetBytes(value.GetRawText()) : PacketJson.Quote(message).ToArray();
        Send(server.Options.Codec.Encode(new OutgoingPacket(SocketPacketType.ConnectError, name) { Json = json }));
    }

    private void CloseForInvalidState() => session.Close(CloseReason.ForcedClose);

    private Socket? Find(string name)
    {
        lock (_lock)
            return _sockets.GetValueOrDefault(name);
    }

    /// <summary>A client of protocol 4 appends a query to the namespace; handlers find it in the handshake's query and auth.</summary>
    private (string Name, IReadOnlyDictionary<string, string>? Query, JsonElement? Auth) SplitQuery(string requested)
    {
        var mark = requested.IndexOf('?', StringComparison.Ordinal);
        if (mark < 0)
            return (requested, null, null);

        var own = QueryHelpers.ParseQuery(requested[mark..]);
        var merged = new Dictionary<string, string>(session.Request.Query, StringComparer.Ordinal);
        foreach (var (key, values) in own)
            merged[key] = values.Count > 0 ? values[^1] ?? "" : "";
        return (requested[..mark], merged, ValueJson.FromStrings(own.Keys.Select(key => KeyValuePair.Create(key, merged[key]))));
    }
}
