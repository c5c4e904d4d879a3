using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace EngineIO.Epoll;

/// <summary>
/// A socket as the web server sees it. A WebSocket that has done with HTTP takes it over: when the web server then lets go of the
/// connection, all that it kept for it goes, and the socket stays.
/// </summary>
internal sealed class EpollConnection : ConnectionContext, IEpollReader, IDuplexPipe, IDetachableConnection,
    IConnectionIdFeature, IConnectionTransportFeature, IConnectionItemsFeature, IConnectionLifetimeFeature, IConnectionEndPointFeature,
    IConnectionSocketFeature, IMemoryPoolFeature
{
    /// <summary>How long the rest of an answer may take that the client does not read, once the web server has done with the connection.</summary>
    private static readonly TimeSpan FarewellLimit = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _closed = new();
    private readonly EpollPipeReader _input;
    private readonly EpollSocket _socket;
    private IDictionary<object, object?>? _items;
    private string? _id;
    private int _closedFired;
    private CancellationTokenSource? _peerClosed;
    private bool _isPeerClosed;
    private ITimer? _halfCloseTimer;
    private int _sendsBefore;
    private EpollDetached? _detached;

    public EpollConnection(Socket socket, EpollLoop loop, EpollListener listener)
    {
        _socket = new EpollSocket(socket, loop, this, listener.Services);
        _input = new EpollPipeReader(_socket);
        Listener = listener;
        Transport = this;
        LocalEndPoint = socket.LocalEndPoint;
        RemoteEndPoint = socket.RemoteEndPoint;
        ConnectionClosed = _closed.Token;
        Features = new FeatureCollection(initialCapacity: 13);
        Features.Set<IDetachableConnection>(this);
        Features.Set<IConnectionIdFeature>(this);
        Features.Set<IConnectionTransportFeature>(this);
        Features.Set<IConnectionItemsFeature>(this);
        Features.Set<IConnectionLifetimeFeature>(this);
        Features.Set<IConnectionEndPointFeature>(this);
        Features.Set<IConnectionSocketFeature>(this);
        Features.Set<IMemoryPoolFeature>(this);
    }

    public override string ConnectionId
    {
        get => _id ??= SessionId.New();
        set => _id = value;
    }

    public override IFeatureCollection Features { get; }

    public override IDictionary<object, object?> Items
    {
        get => _items ??= new ConnectionItems();
        set => _items = value;
    }

    public override IDuplexPipe Transport { get; set; }

    public override CancellationToken ConnectionClosed { get; set; }

    public override EndPoint? LocalEndPoint { get; set; }

    public override EndPoint? RemoteEndPoint { get; set; }

    public Socket Socket => _socket.Socket;

    public EpollListener Listener { get; }

    public MemoryPool<byte> MemoryPool => Listener.MemoryPool;

    PipeReader IDuplexPipe.Input => _input;

    PipeWriter IDuplexPipe.Output => _socket.Output;

    /// <summary>From here on there is something to read.</summary>
    public void Start() => _socket.Start();

    IDuplexPipe IDetachableConnection.Pipes => this;

    CancellationToken IDetachableConnection.PeerClosed
    {
        get
        {
            var source = _peerClosed ?? Interlocked.CompareExchange(ref _peerClosed, new CancellationTokenSource(), null) ?? _peerClosed;
            Interlocked.MemoryBarrier();
            // Seen after it was made, so the loop finds it, or it is cancelled here.
            if (Volatile.Read(ref _isPeerClosed))
                source.Cancel();
            return source.Token;
        }
    }

    public IDetachedConnection Detach(IDetachedReceiver receiver) => _detached = new EpollDetached(_socket, Listener, receiver);

    public override void Abort(ConnectionAbortedException abortReason) => _socket.Abort();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_halfCloseTimer is { } timer)
            await timer.DisposeAsync();
        if (_detached is { } detached)
        {
            _detached = null;
            Listener.AddDetached(_socket);
            detached.Start(_input.TakeRest());
            return;
        }

        _input.Complete();
        _socket.Output.Complete();
        var rest = _socket.Output.DrainAsync();
        if (!rest.IsCompleted)
        {
            using var limit = new CancellationTokenSource(FarewellLimit);
            await using var abort = limit.Token.UnsafeRegister(static socket => ((EpollSocket)socket!).Abort(), _socket);
            await rest;
        }

        _socket.Close();
        FireClosed();
    }

    void IEpollReader.OnReadable() => _input.OnReadable();

    void IEpollReader.OnHangUp(bool broken)
    {
        Volatile.Write(ref _isPeerClosed, true);
        Interlocked.MemoryBarrier();
        if (_peerClosed is { } peerClosed)
            Cancel(peerClosed);

        if (broken)
            FireClosed();
        else if (!_input.IsAtEnd)
            _halfCloseTimer ??= WatchHalfClosed();
    }

    /// <summary>
    /// The client has ended its half while a request of it is served. If it is not for the answer, only what is sent to it would tell:
    /// so the request is aborted when a while has passed in which nothing was.
    /// </summary>
    private ITimer WatchHalfClosed()
    {
        _sendsBefore = _socket.Output.Sends;
        return Listener.Services.Clock.CreateTimer(
            static connection => ((EpollConnection)connection!).OnHalfCloseTimer(), this, Listener.Services.Options.HalfCloseTimeout, Timeout.InfiniteTimeSpan);
    }

    private void OnHalfCloseTimer()
    {
        if (!_socket.Output.HasBacklog && _socket.Output.Sends == _sendsBefore)
        {
            FireClosed();
            return;
        }

        _sendsBefore = _socket.Output.Sends;
        _halfCloseTimer?.Change(Listener.Services.Options.HalfCloseTimeout, Timeout.InfiniteTimeSpan);
    }

    private void FireClosed()
    {
        if (Interlocked.Exchange(ref _closedFired, 1) == 0)
            Cancel(_closed);
    }

    /// <summary>Cancels on the thread pool: callbacks may block, and the loop must not.</summary>
    private void Cancel(CancellationTokenSource source) => ThreadPool.UnsafeQueueUserWorkItem(
        static state =>
        {
            try
            {
                state.source.Cancel();
            }
            catch (Exception exception)
            {
                // A callback has failed. The others have been called all the same.
                state.log.TransportFailed(exception);
            }
        },
        (source, log: Listener.Log),
        preferLocal: false);
}
