using System.Text;
using System.Text.Json;
using EngineIO;
using Microsoft.AspNetCore.WebUtilities;
using SocketIO.Protocol;
using SocketIO.Recovery;

namespace SocketIO;

/// <summary>
/// The Socket.IO side of one Engine.IO session. Decodes packets and passes each to the socket of its namespace. The methods of
/// <see cref="ISessionHandler"/> are called one at a time; what other threads touch as well is guarded by the lock.
/// </summary>
internal sealed class Connection(SocketServer server, Session session) : ISessionHandler
{
    private readonly PacketDecoder _decoder = server.Options.Codec.CreateDecoder(
        new DecoderLimits(server.Options.MaxAttachments, server.Options.Engine.MaxPayload, server.Options.MaxDepth));

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Socket> _sockets = new(1, StringComparer.Ordinal);

    // Namespaces that the server has disconnected this client from. Packets that it sent before it learned of that are dropped.
    private HashSet<string>? _left;
    private DisconnectReason? _reason;
    private bool _closed;
    private int _connecting;
    private bool _joined;

    // The connection is about to be closed: no more events are sent, and no namespace is joined.
    private volatile bool _quiet;

    // How many CONNECT packets have come since when, in milliseconds of the server's clock. Used by the reading thread only.
    private int _connects;
    private long _connectsSince;

    // Deadlines for joining a namespace and for announced attachments, in milliseconds of the server's clock.
    private long _joinedBy = long.MaxValue;
    private long _attachedBy = long.MaxValue;

    public Session Session => session;

    /// <summary>The revision of the Socket.IO protocol: 4 on Engine.IO 3, 5 on Engine.IO 4.</summary>
    public int Protocol => session.Revision == 3 ? 4 : 5;

    public void Opened()
    {
        AwaitJoin();
        // Clients of protocol 4 join the main namespace without a CONNECT packet.
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
        // In real time, whatever the server's clock: it is for the client to read what was sent.
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
            // Bounded, as a client may join ever new namespaces and be disconnected from them.
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
            default:
                server.Events.Received();
                if (socket.TryPost(packet))
                    break;
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
            Refuse(name, ConnectRefusal.AuthTooDeep);
            return;
        }

        JsonElement? auth = authJson.IsEmpty ? null : ValueJson.Element(authJson.Span);
        IReadOnlyDictionary<string, string>? query = null;
        if (Protocol == 4)
        {
            (name, query, auth) = SplitQuery(requested);
            // It has joined the main namespace already, and some clients send CONNECT all the same.
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
            Refuse(name, ConnectRefusal.TooManyNamespaces);
            return;
        }

        if (server.Acquire(name, auth) is not { } ns)
        {
            Refuse(name, ConnectRefusal.InvalidNamespace);
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
            // Before the first join the time runs from the beginning, however often the client is refused.
            if (_joined)
                AwaitJoin();
        }

        var request = recovery && pid is not null ? new RecoveryRequest(name, pid, offset, socket.Handshake) : null;
        _ = new Admission(server, this, socket, request).RunAsync();
    }

    /// <summary>Counts a CONNECT packet. False when there are too many: each may run the application's middlewares.</summary>
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

    private void AwaitJoin()
    {
        lock (_lock)
        {
            _joinedBy = After(server.Options.ConnectTimeout);
            UpdateDeadline();
        }
    }

    /// <summary>A CONNECT has been answered, or given up on.</summary>
    public void EndConnecting(bool letIn)
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

    /// <summary>Sets the session's one deadline to the earlier of the two here. Called under the lock.</summary>
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
        // Handlers see what the application gave to its client, not what the client library added.
        auth = ValueJson.Without(given, "pid", "offset");
        return true;
    }

    /// <summary>Answers CONNECT with CONNECT_ERROR, for a reason of the server's own.</summary>
    public void Refuse(string name, ConnectRefusal refusal)
    {
        var message = ConnectRefusals.MessageOf(refusal);
        Refuse(name, message, DataOf(name, refusal, message));
    }

    /// <summary>Answers CONNECT with CONNECT_ERROR, as a middleware wants it.</summary>
    public void Refuse(string name, string message, JsonElement? data)
    {
        var json = Protocol == 5 ? ValueJson.ErrorPayload(message, data)
            : data is { } value ? Encoding.UTF8.GetBytes(value.GetRawText()) : PacketJson.Quote(message).ToArray();
        Send(server.Options.Codec.Encode(new OutgoingPacket(SocketPacketType.ConnectError, name) { Json = json }));
    }

    private JsonElement? DataOf(string name, ConnectRefusal refusal, string message)
    {
        if (server.Options.RefusalData is not { } describe)
            return refusal == ConnectRefusal.AuthTooDeep ? ValueJson.BadArgumentData(message) : null;

        try
        {
            return describe(refusal, message);
        }
        catch (Exception exception)
        {
            server.Log.RefusalDataFailed(name, exception);
            return null;
        }
    }

    private void CloseForInvalidState() => session.Close(CloseReason.ForcedClose);

    private Socket? Find(string name)
    {
        lock (_lock)
            return _sockets.GetValueOrDefault(name);
    }

    /// <summary>Splits off the query that a client of protocol 4 appends to the namespace. Handlers find it in the handshake's query and auth.</summary>
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
