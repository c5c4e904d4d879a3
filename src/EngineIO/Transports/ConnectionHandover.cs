using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace EngineIO.Transports;

/// <summary>
/// A connection as HTTP sees it while it reads requests. A request that has become a WebSocket may take the connection over: HTTP
/// then ends, with all that it keeps for a request, and the WebSocket goes on over the connection beneath.
/// </summary>
internal sealed class ConnectionHandover : ConnectionContext, IConnectionTransportFeature, IConnectionHeartbeatFeature
{
    private readonly ConnectionContext _connection;
    private readonly IDuplexPipe _transport;
    private readonly HeartbeatRelay _heartbeats = new();
    private Func<Session, Task>? _serve;
    private Session? _session;

    private ConnectionHandover(ConnectionContext connection)
    {
        _connection = connection;
        Transport = _transport = connection.Transport;
        ConnectionClosed = connection.ConnectionClosed;
        Features = new FeatureCollection(connection.Features);
        Features.Set<IConnectionTransportFeature>(this);
        Features.Set<IConnectionHeartbeatFeature>(this);
        Features.Set(this);
    }

    /// <summary>The connection that is left when HTTP has ended.</summary>
    public ConnectionContext Connection => _connection;

    /// <summary>Whether HTTP reads and writes the connection itself. With TLS between them there is nothing beneath to go on with.</summary>
    public bool IsPossible => Transport == _transport;

    public override string ConnectionId
    {
        get => _connection.ConnectionId;
        set => _connection.ConnectionId = value;
    }

    public override IFeatureCollection Features { get; }

    public override IDictionary<object, object?> Items
    {
        get => _connection.Items;
        set => _connection.Items = value;
    }

    public override IDuplexPipe Transport { get; set; }

    public override CancellationToken ConnectionClosed { get; set; }

    public override EndPoint? LocalEndPoint
    {
        get => _connection.LocalEndPoint;
        set => _connection.LocalEndPoint = value;
    }

    public override EndPoint? RemoteEndPoint
    {
        get => _connection.RemoteEndPoint;
        set => _connection.RemoteEndPoint = value;
    }

    /// <summary>Serves one connection: HTTP first, and what took over from it then.</summary>
    public static Task ServeAsync(ConnectionContext connection, ConnectionDelegate http) =>
        connection.Features.Get<ConnectionHandover>() is null
            ? new ConnectionHandover(connection).ServeAsync(http)
            : http(connection);

    /// <summary>Serves the session over the connection as soon as the request has ended. The request must be upgraded.</summary>
    public void Take(Func<Session, Task> serve, Session session) => (_serve, _session) = (serve, session);

    public override void Abort(ConnectionAbortedException abortReason) => _connection.Abort(abortReason);

    void IConnectionHeartbeatFeature.OnHeartbeat(Action<object> action, object state)
    {
        if (_heartbeats.Add(action, state))
            _connection.Features.Get<IConnectionHeartbeatFeature>()?.OnHeartbeat(static relay => ((HeartbeatRelay)relay).Beat(), _heartbeats);
    }

    private Task ServeAsync(ConnectionDelegate http)
    {
        var ended = http(this);
        return ended.IsCompletedSuccessfully && _serve is null ? Task.CompletedTask : AwaitAsync(ended, this);

        // Static, and with the handover let go of: it holds on to HTTP, which nothing needs for as long as the session lasts.
        static async Task AwaitAsync(Task http, ConnectionHandover? handover)
        {
            try
            {
                await http;
            }
            finally
            {
                http = null!;
                handover!._heartbeats.Clear();
                var (serve, session) = (handover._serve, handover._session);
                handover = null;
                if (serve is not null)
                    await serve(session!);
            }
        }
    }

    /// <summary>What the web server calls each second for as long as the connection lasts, which is longer than HTTP does.</summary>
    private sealed class HeartbeatRelay
    {
        private volatile Action? _beat;

        /// <summary>True for the first one, which has to be passed on.</summary>
        public bool Add(Action<object> action, object state)
        {
            var isFirst = _beat is null;
            _beat += () => action(state);
            return isFirst;
        }

        public void Beat() => _beat?.Invoke();

        public void Clear() => _beat = null;
    }
}
