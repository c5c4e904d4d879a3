using System.Net;
using System.Net.Sockets;

namespace EngineIO.Epoll;

/// <summary>Who is told by the loop that there is something to receive, or that the peer has gone. One at a time per socket.</summary>
internal interface IEpollReader
{
    /// <summary>There may be something to receive. Called on the thread of the loop.</summary>
    void OnReadable();

    /// <summary>The peer sends no more, or the connection is broken. May be called more than once, after <see cref="OnReadable"/>.</summary>
    /// <param name="broken">Whether it takes no more either.</param>
    void OnHangUp(bool broken);
}

/// <summary>An accepted TCP or Unix socket in a loop. Receiving and sending never block, and cost one system call each.</summary>
internal sealed class EpollSocket
{
    private readonly Socket _socket;
    private readonly EpollLoop _loop;
    private IEpollReader _reader;
    private ulong _id;
    private volatile bool _readable;
    private volatile bool _hungUp;
    private readonly IPAddress? _countedAddress;
    private int _closed;

    /// <param name="socket">The socket, which <see cref="ConnectionLimits"/> has counted.</param>
    /// <param name="loop">The loop that it belongs to.</param>
    /// <param name="reader">Who is told what happens to it.</param>
    /// <param name="services">What it shares with the others.</param>
    public EpollSocket(Socket socket, EpollLoop loop, IEpollReader reader, EpollServices services)
    {
        (_socket, _loop, _reader, Services) = (socket, loop, reader, services);
        _countedAddress = services.Limits.AddressOf(socket);
        Handle = socket.SafeHandle;
        Output = new EpollPipeWriter(this);
    }

    public EpollServices Services { get; }

    public Socket Socket => _socket;

    public SafeSocketHandle Handle { get; }

    public EpollPipeWriter Output { get; }

    /// <summary>Whether there may be something to receive.</summary>
    public bool IsReadable => _readable;

    /// <summary>From here on the reader is called.</summary>
    public void Start() => _id = _loop.Add(this);

    /// <summary>
    /// Passes the socket to another reader, which has to look at <see cref="IsReadable"/> itself once: what was reported before was
    /// reported to the former.
    /// </summary>
    public void PassTo(IEpollReader reader)
    {
        Volatile.Write(ref _reader, reader);
        Interlocked.MemoryBarrier();
    }

    /// <summary>
    /// Receives into the buffer, if anything was reported since the last time that there was nothing more. After a receive that fills
    /// the buffer there may be more, and a shorter one has emptied the socket: the next bytes are reported anew.
    /// </summary>
    /// <returns>The bytes received, 0 at the end of the stream, -<see cref="Libc.WouldBlock"/>, or another negated error number.</returns>
    public int Receive(Span<byte> buffer)
    {
        if (!_readable)
            return -Libc.WouldBlock;

        // Clear the flag before the call: bytes that come after it are reported, which sets it again. The end of the stream is reported
        // once only, so after that the flag is set again below.
        _readable = false;
        Interlocked.MemoryBarrier();
        int received;
        do
        {
            received = Libc.Receive(Handle, buffer);
        }
        while (received == -Libc.Interrupted);

        if (received == buffer.Length || (_hungUp && received != -Libc.WouldBlock))
            _readable = true;
        return received;
    }

    /// <summary>The bytes that the kernel took, -<see cref="Libc.WouldBlock"/> if none for now, or another negated error number.</summary>
    public int Send(ReadOnlySpan<byte> buffer)
    {
        int sent;
        do
        {
            sent = Libc.Send(Handle, buffer);
        }
        while (sent == -Libc.Interrupted);

        return sent;
    }

    /// <summary>Bytes that the kernel has taken and the peer has not.</summary>
    public int Queued()
    {
        try
        {
            return Libc.Queued(Handle);
        }
        catch (ObjectDisposedException)
        {
            return 0;
        }
    }

    /// <summary>
    /// Has the loop call the reader again if there is still something to receive, after the others have had their turn, and
    /// <see cref="EpollPipeWriter.OnWritable"/> as soon as the kernel takes bytes, now and after each time that it took none.
    /// </summary>
    public void ReportAgain() => _loop.ReportAgain(this, _id);

    public void OnEvents(Libc.Events events)
    {
        const Libc.Events Ended = Libc.Events.PeerClosed | Libc.Events.HungUp | Libc.Events.Error;
        if ((events & Ended) != 0)
            _hungUp = true;
        if ((events & (Libc.Events.Readable | Ended)) != 0)
        {
            _readable = true;
            Interlocked.MemoryBarrier();
            Volatile.Read(ref _reader).OnReadable();
        }

        if ((events & (Libc.Events.Writable | Libc.Events.HungUp | Libc.Events.Error)) != 0)
            Output.OnWritable();
        if ((events & Ended) != 0)
            Volatile.Read(ref _reader).OnHangUp((events & (Libc.Events.HungUp | Libc.Events.Error)) != 0);
    }

    /// <summary>Cuts the connection: whoever receives or waits finds it ended. <see cref="Close"/> is still to be called.</summary>
    public void Abort()
    {
        try
        {
            // With a linger time of 0 the close drops what is queued and sends a reset.
            _socket.LingerState = new LingerOption(enable: true, seconds: 0);
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Gone already.
        }
    }

    /// <summary>Closes the socket; calls after the first do nothing. What the kernel has taken is still delivered, unless it was aborted.</summary>
    public void Close()
    {
        if (Interlocked.Exchange(ref _closed, 1) != 0)
            return;

        _loop.Remove(_id);
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
            DiscardRest();
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The connection is gone already.
        }

        _socket.Dispose();
        Services.Limits.Leave(_countedAddress);
    }

    // Closing a socket with unread bytes sends a reset, which may cost the peer an answer that it has not read yet.
    private void DiscardRest()
    {
        Span<byte> scratch = stackalloc byte[4096];
        for (var i = 0; i < 256 && Libc.Receive(Handle, scratch) > 0; i++)
        {
        }
    }
}
