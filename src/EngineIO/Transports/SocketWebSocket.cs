using System.Buffers;
using EngineIO.Epoll;

namespace EngineIO.Transports;

/// <summary>
/// A WebSocket that has left its request, and the web server, behind: the loop of its socket calls it when there is something to
/// receive, and between two calls it has no buffer, no task and nothing of HTTP.
/// </summary>
internal sealed class SocketWebSocket(EpollConnection connection, TimeProvider time)
    : WebSocketConnection(time, ((System.IO.Pipelines.IDuplexPipe)connection).Output), IEpollReader
{
    private const int BufferSize = 16 * 1024;

    // Receives in a row before the loop's other sockets have their turn.
    private const int MaxReceives = 16;

    private const int Idle = 0;
    private const int Receiving = 1;
    private const int ReceivingAgain = 2;
    private const int Ended = 3;

    private readonly EpollListener _listener = connection.Listener;
    private EpollConnection? _connection = connection;
    private readonly EpollSocket _socket = connection.Beneath;
    private WebSocketTransport? _transport;

    // Who receives. It begins as receiving, so that what is reported before the start waits for it.
    private int _state = Receiving;

    public override Task ServeAsync(WebSocketTransport transport)
    {
        _transport = transport;
        _connection!.Leave(Start);
        _connection = null;
        return Task.CompletedTask;
    }

    void IEpollReader.OnReadable()
    {
        while (true)
        {
            switch (Volatile.Read(ref _state))
            {
                case Idle when Interlocked.CompareExchange(ref _state, Receiving, Idle) == Idle:
                    Receive();
                    return;
                case Receiving when Interlocked.CompareExchange(ref _state, ReceivingAgain, Receiving) == Receiving:
                case ReceivingAgain or Ended:
                    return;
            }
        }
    }

    void IEpollReader.OnHangUp()
    {
        // The end is received like all else.
    }

    protected override void Abort() => _socket.Abort();

    private void Start(byte[] received)
    {
        _socket.PassTo(this);
        _transport!.Begin();
        if (received.Length == 0 || _transport.Receive(received))
            Receive();
        else
            End(CloseReason.TransportClose);
    }

    private void Receive()
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        bool ended;
        CloseReason reason;
        try
        {
            ended = TryReceive(buffer, out reason);
        }
        catch (Exception exception)
        {
            // Handlers fail elsewhere: this is a fault of ours, and costs the one session.
            _listener.Log.TransportFailed(exception);
            (ended, reason) = (true, CloseReason.TransportError);
        }

        ArrayPool<byte>.Shared.Return(buffer);
        if (ended)
            End(reason);
    }

    /// <summary>Passes on what there is. True when that was the end.</summary>
    private bool TryReceive(byte[] buffer, out CloseReason reason)
    {
        reason = CloseReason.TransportClose;
        for (var i = 0; i < MaxReceives; i++)
        {
            var received = _socket.Receive(buffer);
            if (received > 0)
            {
                if (!_transport!.Receive(buffer.AsSpan(0, received)))
                    return true;
            }
            else if (received != -Libc.WouldBlock)
            {
                reason = received == 0 ? CloseReason.TransportClose : CloseReason.TransportError;
                return true;
            }
            else if (Interlocked.CompareExchange(ref _state, Idle, Receiving) == Receiving)
            {
                return false;
            }
            else
            {
                // Something has been reported since.
                Volatile.Write(ref _state, Receiving);
            }
        }

        Volatile.Write(ref _state, Idle);
        try
        {
            _socket.ReportAgain();
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // The loop was faster, and has come to the end.
        }

        return false;
    }

    private void End(CloseReason reason)
    {
        Volatile.Write(ref _state, Ended);
        _ = EndAsync(_transport!, reason);
    }

    private async Task EndAsync(WebSocketTransport transport, CloseReason reason)
    {
        try
        {
            await transport.EndAsync(reason);
            // The close frame may wait behind what the client has not read yet, for a limited time. It may also have been given up
            // with the flush that waited before it; completing sends it.
            _socket.Output.Complete();
            AbortAfter(transport.CloseHandshakeTimeout);
            await _socket.Output.DrainAsync();
        }
        finally
        {
            Finish();
            _socket.Close();
            _listener.Left(_socket);
        }
    }
}
