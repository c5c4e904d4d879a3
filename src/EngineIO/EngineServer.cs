using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using System.Text.Json;
using EngineIO.Protocol;
using EngineIO.Transports;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace EngineIO;

/// <summary>
/// An Engine.IO server: the map of sessions, and the way of a request to one of them. It serves handshake, poll, post and
/// upgrade. All members may be called from any thread.
/// </summary>
public sealed class EngineServer : IDisposable
{
    private readonly Func<Session, ISessionHandler> _handler;
    private readonly ConcurrentDictionary<string, Session> _sessions = new(StringComparer.Ordinal);
    private readonly SessionLimit _open;
    private readonly SessionLimit _pending;
    private readonly UnknownSessionWatch _unknown;
    private readonly long _began;
    private volatile bool _closing;

    /// <summary>Makes a server.</summary>
    /// <param name="options">The settings; all faults are reported in one exception.</param>
    /// <param name="handler">Makes the handler of each new session.</param>
    /// <param name="time">The clock of all timeouts.</param>
    /// <param name="loggers">Where to log, under the category <c>EngineIO</c>.</param>
    /// <param name="meters">Where to count, under the meter <c>EngineIO</c>.</param>
    public EngineServer(EngineOptions options, Func<Session, ISessionHandler> handler, TimeProvider time, ILoggerFactory loggers, IMeterFactory meters)
    {
        var faults = options.Validate().ToList();
        if (faults.Count > 0)
            throw new ArgumentException(string.Join(' ', faults), nameof(options));

        Options = options;
        _handler = handler;
        Time = time;
        _began = time.GetTimestamp();
        Log = new Log(loggers.CreateLogger("EngineIO"));
        Metrics = new EngineMetrics(meters);
        PingInterval = (long)options.PingInterval.TotalMilliseconds;
        PingTimeout = (long)options.PingTimeout.TotalMilliseconds;
        WriteTimeout = (long)options.WriteTimeout.TotalMilliseconds;
        CloseTimeout = (long)options.CloseTimeout.TotalMilliseconds;
        _open = new SessionLimit(options.MaxSessions, options.MaxSessionsPerAddress);
        _pending = new SessionLimit(options.MaxPendingSessions, options.MaxPendingSessionsPerAddress);
        _unknown = new UnknownSessionWatch(Log);

        // A sixteenth of the shortest timeout, and not finer, so that an idle server sleeps.
        var shortest = Math.Min(Math.Min(PingInterval, PingTimeout), WriteTimeout);
        Wheel = new HeartbeatWheel(time, TimeSpan.FromMilliseconds(Math.Clamp(shortest / 16, 5, 1000)), () => Now, Log.SessionFailed);
    }

    /// <summary>Called with each request that is refused, before it is answered, on the thread of the request; it must not block. Add to it before the first request.</summary>
    public Action<ConnectionError>? ConnectionError { get; set; }

    /// <summary>Sessions open now.</summary>
    public int SessionCount => _open.Count;

    /// <summary>Those of them that are not accepted yet (<see cref="Session.Accept"/>).</summary>
    public int PendingCount => _pending.Count;

    /// <summary>Those that are open, while it is asked; without a lock, so one that opens or ends meanwhile may or may not be among them.</summary>
    internal IEnumerable<Session> Sessions
    {
        get
        {
            foreach (var (_, session) in _sessions)
                yield return session;
        }
    }

    internal EngineOptions Options { get; }

    internal TimeProvider Time { get; }

    internal Log Log { get; }

    internal EngineMetrics Metrics { get; }

    internal HeartbeatWheel Wheel { get; }

    internal Farewells Farewells { get; } = new();

    internal long PingInterval { get; }

    internal long PingTimeout { get; }

    internal long WriteTimeout { get; }

    internal long CloseTimeout { get; }

    /// <summary>Milliseconds since this server was made.</summary>
    internal long Now => (long)Time.GetElapsedTime(_began).TotalMilliseconds;

    /// <summary>
    /// Serves one request, to its end; for a WebSocket that is the end of the session, or the handshake where it leaves HTTP behind
    /// (<see cref="IDetachableConnection"/>).
    /// </summary>
    public async Task HandleAsync(HttpContext context)
    {
        var webSocket = WebSocketHandshake.IsRequested(context);
        Options.OnHeaders?.Invoke(context);
        var error = Check(context, webSocket, out var session);
        if (error is null && (session is null || webSocket))
            error = await CheckAllowedAsync(context);
        if (error is null && session is null)
            error = CheckHandshake(context);
        if (error == EngineError.UnknownSession && HttpMethods.IsGet(context.Request.Method)
            && Farewells.TryTake(Last(context.Request.Query["sid"]), Now, out var ended, out var packet) && ended.Polling is { } polling)
        {
            await polling.AnswerLateAsync(context, packet);
        }
        else if (error is not null)
        {
            await RefuseAsync(context, error, webSocket);
        }
        else if (session is null)
        {
            await (webSocket ? OpenWebSocketAsync(context) : OpenPollingAsync(context));
        }
        else if (webSocket)
        {
            await ProbeAsync(context, session);
        }
        else
        {
            await ServePollingAsync(context, session);
        }
    }

    /// <summary>As the other overload, without notice.</summary>
    public Task CloseAllAsync(CancellationToken cancellationToken) => CloseAllAsync(TimeSpan.Zero, cancellationToken);

    /// <summary>
    /// Ends all sessions, in random order over <see cref="EngineOptions.ShutdownSpread"/>. New handshakes are refused from the call on.
    /// After the token is cancelled the rest ends at once.
    /// </summary>
    /// <param name="notice">How long before its end a session's handler is told (<see cref="ISessionHandler.Closing"/>), in real time, whatever the server's clock.</param>
    /// <param name="cancellationToken">Ends the waiting, not the closing.</param>
    public async Task CloseAllAsync(TimeSpan notice, CancellationToken cancellationToken)
    {
        _closing = true;
        var sessions = _sessions.Values.ToArray();
        Random.Shared.Shuffle(sessions);
        var announcing = SpreadAsync(sessions, static session => session.AnnounceClose(), cancellationToken);
        if (notice > TimeSpan.Zero)
            await Task.Delay(notice, TimeProvider.System, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await SpreadAsync(sessions, static session => session.CloseWhenFlushed(CloseReason.ServerShuttingDown), cancellationToken);
        await announcing;
    }

    /// <summary>Ends all sessions at once, those too that still wait for their client to fetch its close.</summary>
    public void CloseNow()
    {
        _closing = true;
        foreach (var session in _sessions.Values)
            Guarded(() => session.Close(CloseReason.ServerShuttingDown));
    }

    /// <summary>Ends all sessions at once and stops the timer.</summary>
    public void Dispose()
    {
        CloseNow();
        Wheel.Dispose();
    }

    internal void Remove(Session session)
    {
        if (!_sessions.TryRemove(session.Id, out _))
            return;
        _open.Leave(session.Request.Address);
        if (!session.IsAccepted)
            _pending.Leave(session.Request.Address);
        Wheel.Remove(session);
    }

    internal Session? Find(string id) => _sessions.GetValueOrDefault(id);

    internal void Accepted(Session session) => _pending.Leave(session.Request.Address);

    /// <summary>Answers a request with an error, the one way in which that is done.</summary>
    internal Task RefuseAsync(HttpContext context, EngineError error, bool webSocket = false)
    {
        Metrics.Refused(error);
        Log.Refused(error.ToString());
        if (ConnectionError is { } listeners)
            Tell(listeners, new ConnectionError(context, error.Code, error.Message));
        return error.WriteAsync(context, webSocket);
    }

    private void Tell(Action<ConnectionError> listeners, ConnectionError error)
    {
        try
        {
            listeners(error);
        }
        catch (Exception exception)
        {
            Log.HandlerFailed(exception);
        }
    }

    internal Packet EncodeOpen(Session session)
    {
        var buffer = new ArrayBufferWriter<byte>(160);
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteString("sid"u8, session.Id);
        json.WriteStartArray("upgrades"u8);
        if (session.IsUpgradable)
            json.WriteStringValue("websocket"u8);
        json.WriteEndArray();
        json.WriteNumber("pingInterval"u8, PingInterval);
        json.WriteNumber("pingTimeout"u8, PingTimeout);
        json.WriteNumber("maxPayload"u8, Options.MaxPayload);
        json.WriteEndObject();
        json.Flush();
        return Packet.Text(PacketType.Open, buffer.WrittenSpan);
    }

    /// <summary>Makes the checks that need no code of the application, in the order of the reference server. The first that fails is the answer.</summary>
    private EngineError? Check(HttpContext context, bool webSocket, out Session? session)
    {
        session = null;
        var query = context.Request.Query;
        var name = Last(query["transport"]);
        var transport = name switch
        {
            "polling" => EngineTransports.Polling,
            "websocket" => EngineTransports.WebSocket,
            _ => EngineTransports.None,
        };
        if ((transport & Options.Transports) == 0)
            return EngineError.UnknownTransport;
        if (HasControlCharacter(context.Request.Headers.Origin.ToString()))
            return EngineError.BadRequest;
        if (webSocket && transport != EngineTransports.WebSocket)
            return EngineError.BadRequest;

        var id = Last(query["sid"]);
        if (!string.IsNullOrEmpty(id))
        {
            session = Find(id);
            if (session is null)
            {
                _unknown.Seen(Now);
                return EngineError.UnknownSession;
            }

            if (session.IsOverdue())
            {
                session.Drop(CloseReason.PingTimeout);
                return EngineError.UnknownSession;
            }

            return !webSocket && session.TransportName != name ? EngineError.BadRequest : null;
        }

        if (!webSocket && !HttpMethods.IsGet(context.Request.Method))
            return EngineError.BadHandshakeMethod;
        return transport == EngineTransports.WebSocket && !webSocket ? EngineError.BadRequest : null;
    }

    /// <summary>Does something with each session, one after the other over the time of the shutdown; after the token is cancelled with the rest at once.</summary>
    private async Task SpreadAsync(Session[] sessions, Action<Session> act, CancellationToken cancellationToken)
    {
        var began = Time.GetTimestamp();
        for (var i = 0; i < sessions.Length; i++)
        {
            var due = Options.ShutdownSpread * ((double)i / sessions.Length) - Time.GetElapsedTime(began);
            if (due > TimeSpan.FromMilliseconds(10) && !cancellationToken.IsCancellationRequested)
                await Task.Delay(due, Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Guarded(() => act(sessions[i]));
        }
    }

    private async ValueTask<EngineError?> CheckAllowedAsync(HttpContext context)
    {
        if (Options.AllowRequest is not { } allow)
            return null;
        try
        {
            return await allow(context) ? null : EngineError.Forbidden;
        }
        catch (Exception exception)
        {
            Log.AllowRequestFailed(exception);
            return EngineError.Forbidden;
        }
    }

    private EngineError? CheckHandshake(HttpContext context)
    {
        var revision = RevisionOf(context);
        if (revision == 0 || (revision == 3 && !Options.AllowEIO3))
            return EngineError.UnsupportedRevision;
        if (_closing)
            return EngineError.ShuttingDown;

        // Counted here, and uncounted when the session ends or cannot be made.
        var address = context.Connection.RemoteIpAddress;
        if (!_open.TryEnter(address))
            return EngineError.TooManySessions;
        if (_pending.TryEnter(address))
            return null;
        _open.Leave(address);
        return EngineError.TooManyPending;
    }

    private async Task OpenPollingAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var jsonp = Options.AllowJsonp ? Jsonp.ParseIndex(Last(query["j"])) : null;
        var base64 = jsonp is not null || Last(query["b64"]).Length > 0;
        var id = SessionId.New();
        AddInitialHeaders(context, id);
        var session = Create(context, id, session => new PollingTransport(session, base64, jsonp));
        session.Open();
        await ServePollingAsync(context, session);
    }

    private async Task OpenWebSocketAsync(HttpContext context)
    {
        var id = SessionId.New();
        AddInitialHeaders(context, id);
        WebSocketConnection? connection = null;
        try
        {
            connection = await WebSocketHandshake.TryAcceptAsync(context, Time, Options.WebSocketCompressionThreshold is not null);
        }
        finally
        {
            if (connection is null)
                Uncount(context.Connection.RemoteIpAddress);
        }

        if (connection is null)
        {
            await RefuseAsync(context, EngineError.BadRequest, webSocket: true);
            return;
        }

        var transport = NewWebSocket(context, connection);
        Create(context, id, transport.AttachTo);
        await connection.ServeAsync(transport);
    }

    private async Task ProbeAsync(HttpContext context, Session session)
    {
        // Accept a probe that comes too late or is the second, and close it at once: clients report a refused handshake as an error.
        if (!Options.AllowUpgrades
            || await WebSocketHandshake.TryAcceptAsync(context, Time, Options.WebSocketCompressionThreshold is not null) is not { } connection)
        {
            await RefuseAsync(context, EngineError.BadRequest, webSocket: true);
            return;
        }

        await connection.ServeAsync(NewWebSocket(context, connection).ProbeFor(session));
    }

    private WebSocketTransport NewWebSocket(HttpContext context, WebSocketConnection connection) =>
        new(connection, Options, base64: Last(context.Request.Query["b64"]).Length > 0);

    private Session Create(HttpContext context, string id, Func<Session, ITransport> transport)
    {
        try
        {
            var request = new HandshakeRequest(context, Time.GetUtcNow());
            var session = new Session(this, id, RevisionOf(context), request, transport, _handler);
            _sessions[id] = session;
            session.Watch();
            // Read after the session was added: either CloseAllAsync finds it in the map, or it is closed here.
            if (_closing)
                session.CloseWhenFlushed(CloseReason.ServerShuttingDown);
            Metrics.Opened(session.TransportName, session.Revision);
            Log.Opened(session.TransportName, session.Revision);
            return session;
        }
        catch
        {
            Uncount(context.Connection.RemoteIpAddress);
            throw;
        }
    }

    private void Uncount(IPAddress? address)
    {
        _open.Leave(address);
        _pending.Leave(address);
    }

    /// <summary>Logs an exception, so that the caller goes on with the other sessions.</summary>
    private void Guarded(Action action)
    {
        try
        {
            action();
        }
        catch (Exception exception)
        {
            Log.SessionFailed(exception);
        }
    }

    private Task ServePollingAsync(HttpContext context, Session session)
    {
        if (session.Polling is not { } polling)
            return RefuseAsync(context, EngineError.BadRequest);
        if (HttpMethods.IsGet(context.Request.Method))
            return polling.PollAsync(context);
        return HttpMethods.IsPost(context.Request.Method)
            ? polling.PostAsync(context)
            : RefuseAsync(context, EngineError.BadRequest);
    }

    private void AddInitialHeaders(HttpContext context, string id)
    {
        try
        {
            if (Options.CookieName is { } cookie)
                context.Response.Cookies.Append(cookie, id, Options.CookieOptions);
            Options.OnInitialHeaders?.Invoke(context);
        }
        catch
        {
            Uncount(context.Connection.RemoteIpAddress);
            throw;
        }
    }

    private static int RevisionOf(HttpContext context) => Last(context.Request.Query["EIO"]) switch { "4" => 4, "3" => 3, _ => 0 };

    private static string Last(Microsoft.Extensions.Primitives.StringValues values) => values.Count == 0 ? "" : values[^1] ?? "";

    private static bool HasControlCharacter(string value)
    {
        foreach (var c in value)
        {
            if (c is (< ' ' and not '\t') or '\x7f' or > '\xff')
                return true;
        }

        return false;
    }
}
