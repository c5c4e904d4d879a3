using System.Net;
using System.Net.Sockets;
using EngineIO.Epoll;

namespace LiveChat.Bench;

/// <summary>A connection of the load, as cheap as can be: what comes is read and looked at on the loop's thread, in place.</summary>
internal abstract class Line : IDisposable
{
    private static readonly LoadLoop Loop = LoadLoop.Start();

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _filled;

    /// <summary>By which the loop knows it.</summary>
    public ulong Number { get; } = LoadLoop.NewNumber();

    public void Dispose()
    {
        Loop.Remove(this);
        _socket.Dispose();
    }

    /// <summary>Reads what has come; false when there will be no more.</summary>
    public bool Receive()
    {
        try
        {
            var count = Libc.Receive(_socket.SafeHandle, _buffer.AsSpan(_filled));
            if (count <= 0)
                return count == -Libc.WouldBlock;

            _filled += count;
            var taken = Take(_buffer.AsSpan(0, _filled));
            _buffer.AsSpan(taken, _filled - taken).CopyTo(_buffer);
            _filled -= taken;
            return true;
        }
        catch (ObjectDisposedException)
        {
            // The measurement is over.
            return false;
        }
    }

    protected void Connect(int port)
    {
        _socket.Connect(IPAddress.Loopback, port);
        Loop.Add(this, _socket.SafeHandle);
    }

    protected void Send(ReadOnlySpan<byte> bytes)
    {
        if (Libc.Send(_socket.SafeHandle, bytes) != bytes.Length)
            throw new InvalidOperationException("What was sent was not taken whole.");
    }

    /// <summary>Looks at what has come, and says how much of it was whole.</summary>
    protected abstract int Take(ReadOnlySpan<byte> data);
}
