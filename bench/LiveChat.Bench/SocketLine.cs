using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LiveChat.Bench;

/// <summary>One Socket.IO client over a WebSocket, as cheap as can be: it answers heartbeats and counts messages by how they begin.</summary>
internal sealed class SocketLine : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[64 * 1024];
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _filled;

    /// <summary>Called for each <c>chat:message</c>, on the thread that read it.</summary>
    public Action? OnMessage { get; set; }

    public static async Task<SocketLine> ConnectAsync(int port, string query)
    {
        var line = new SocketLine();
        await line._socket.ConnectAsync(IPAddress.Loopback, port);
        await line._socket.SendAsync(Encoding.ASCII.GetBytes(
            $"GET /socket.io/?EIO=4&transport=websocket&{query} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"));
        var end = -1;
        while (end < 0)
        {
            line._filled += await line._socket.ReceiveAsync(line._buffer.AsMemory(line._filled));
            end = line._buffer.AsSpan(0, line._filled).IndexOf("\r\n\r\n"u8);
        }

        line.Drop(end + 4);
        line.Send("40");
        _ = line.ReadAsync();
        await line._ready.Task.WaitAsync(TimeSpan.FromSeconds(30));
        return line;
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>A short frame, masked with nothing.</summary>
    private void Send(string text) => _socket.Send([0x81, (byte)(0x80 | text.Length), 0, 0, 0, 0, .. Encoding.ASCII.GetBytes(text)]);

    private async Task ReadAsync()
    {
        try
        {
            while (true)
            {
                Take();
                var count = await _socket.ReceiveAsync(_buffer.AsMemory(_filled));
                if (count == 0)
                    return;
                _filled += count;
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The measurement is over.
        }
    }

    private void Take()
    {
        var at = 0;
        while (_filled - at >= 2)
        {
            var data = _buffer.AsSpan(at, _filled - at);
            var (header, length) = data[1] switch
            {
                126 when data.Length >= 4 => (4, BinaryPrimitives.ReadUInt16BigEndian(data[2..])),
                126 or 127 => (0, int.MaxValue),
                var small => (2, small),
            };
            if (length > data.Length - header)
                break;

            var payload = data.Slice(header, length);
            if (payload.StartsWith("42[\"chat:message\""u8))
                OnMessage?.Invoke();
            else if (payload.SequenceEqual("2"u8))
                Send("3");
            else if (payload.IndexOf("SESSION_READY"u8) >= 0)
                _ready.TrySetResult();
            at += header + length;
        }

        Drop(at);
    }

    private void Drop(int count)
    {
        _buffer.AsSpan(count, _filled - count).CopyTo(_buffer);
        _filled -= count;
    }
}
