using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace EngineIO.Epoll;

/// <summary>
/// A socket as the web server sees it. A WebSocket that has done with HTTP takes the socket over: when the web server then lets go
/// of the connection, all that it kept for it goes, and the socket stays.
/// </summary>
internal sealed class EpollConnection : ConnectionContext, IEpollReader, IDuplexPipe,
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
    private Action<byte[]>? _successor;

    public EpollConnection(Socket socket, EpollLoop loop, EpollListener listener)
    {
        _socket = new EpollSocket(socket, loop, this);
        _input = new EpollPipeReader(_socket);
        Listener = listener;
        Transport = this;
        LocalEndPoint = socket.LocalEndPoint;
        RemoteEndPoint = socket.RemoteEndPoint;
        ConnectionClosed = _closed.Token;
        Features = new FeatureCollection(initialCapacity: 12);
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

    public EpollSocket Beneath => _socket;

    public Socket Socket => _socket.Socket;

    public EpollListener Listener { get; }

    public MemoryPool<byte> MemoryPool => Listener.MemoryPool;

    PipeReader IDuplexPipe.Input => _input;

    PipeWriter IDuplexPipe.Output => _socket.Output;

    /// <summary>From here on there is something to read.</summary>
    public void Start() => _socket.Start();

    /// <summary>Passes the socket to a successor as soon as the web server lets go of the connection.</summary>
    /// <param name="successor">Called once, with what was received and not read. It must close the socket in the end, and say so by <see cref="EpollListener.Left"/>.</param>
    public void Leave(Action<byte[]> successor) => _successor = successor;

    public override void Abort(ConnectionAbortedException abortReason) => _socket.Abort();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_successor is { } successor)
        {
            _successor = null;
            Listener.Enter(_socket);
            successor(_input.TakeRest());
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

    void IEpollReader.OnHangUp() => FireClosed();

    private void FireClosed()
    {
        if (Interlocked.Exchange(ref _closedFired, 1) == 0)
            ThreadPool.UnsafeQueueUserWorkItem(static connection => connection.CancelClosed(), this, preferLocal: false);
    }

    private void CancelClosed()
    {
        try
        {
            _closed.Cancel();
        }
        catch (Exception exception)
        {
            // Somebody's callback; those of others have run too.
            Listener.Log.TransportFailed(exception);
        }
    }
}
