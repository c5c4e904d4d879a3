using System.Buffers;
using System.IO.Pipelines;

namespace EngineIO.Epoll;

/// <summary>A connection that goes on without the web server: the loop of its socket calls it when there is something to receive, and between two calls it holds no buffer.</summary>
internal sealed class EpollDetached(EpollSocket socket, EpollListener listener, IDetachedReceiver receiver) : IDetachedConnection, IEpollReader
{
    private const int BufferSize = 16 * 1024;

    // Receives in a row before the loop's other sockets have their turn.
    private const int MaxReceives = 16;

    private const int Idle = 0;
    private const int Receiving = 1;
    private const int ReceivingAgain = 2;
    private const int Ended = 3;

    // Whether a thread receives at the moment. It begins as Receiving, so that nobody receives before Start.
    private int _state = Receiving;

    public PipeWriter Output => socket.Output;

    public void Abort() => socket.Abort();

    public async Task CloseAsync()
    {
        // A cancelled flush has left its bytes in the buffer. Complete sends them.
        socket.Output.Complete();
        await socket.Output.DrainAsync();
        socket.Close();
        listener.RemoveDetached(socket);
    }

    /// <summary>The web server has let go of the connection.</summary>
    /// <param name="received">What was received and not read.</param>
    public void Start(byte[] received)
    {
        socket.PassTo(this);
        receiver.Begin();
        if (received.Length == 0 || receiver.Receive(received))
            Receive();
        else
            End(broken: false);
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

    void IEpollReader.OnHangUp(bool broken)
    {
        // Nothing to do: the end of the stream is found by receiving.
    }

    private void Receive()
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        bool ended, broken;
        try
        {
            ended = TryReceive(buffer, out broken);
        }
        catch (Exception exception)
        {
            // Exceptions of handlers are caught further up, so this is a bug of the library. Only this connection ends.
            socket.Services.Log.TransportFailed(exception);
            (ended, broken) = (true, true);
        }

        ArrayPool<byte>.Shared.Return(buffer);
        if (ended)
            End(broken);
    }

    /// <summary>Passes on what there is. True when that was the end.</summary>
    private bool TryReceive(byte[] buffer, out bool broken)
    {
        broken = false;
        for (var i = 0; i < MaxReceives; i++)
        {
            var received = socket.Receive(buffer);
            if (received > 0)
            {
                if (!receiver.Receive(buffer.AsSpan(0, received)))
                    return true;
            }
            else if (received != -Libc.WouldBlock)
            {
                broken = received < 0;
                return true;
            }
            else if (Interlocked.CompareExchange(ref _state, Idle, Receiving) == Receiving)
            {
                return false;
            }
            else
            {
                // The loop has reported more meanwhile: receive again.
                Volatile.Write(ref _state, Receiving);
            }
        }

        Volatile.Write(ref _state, Idle);
        try
        {
            socket.ReportAgain();
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // The socket has been closed meanwhile.
        }

        return false;
    }

    private void End(bool broken)
    {
        Volatile.Write(ref _state, Ended);
        receiver.End(broken);
    }
}
