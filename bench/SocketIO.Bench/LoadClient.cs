using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SocketIO.Bench;

/// <summary>One WebSocket client, as cheap as can be: it counts what comes by its first bytes.</summary>
internal sealed class LoadClient : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly Dialect _dialect;
    private readonly byte[] _buffer = new byte[16 * 1024];
    private int _filled;
    private readonly byte[] _outgoing = new byte[8 * 1024];
    private int _outgoingLength;
    private int _consumer;
    private int _hellos;
    private TaskCompletionSource? _hello;

    private LoadClient(Dialect dialect) => _dialect = dialect;

    /// <summary>Called for each acknowledgement.</summary>
    public Action<LoadClient>? OnAck { get; set; }

    /// <summary>Called for each event.</summary>
    public Action<LoadClient>? OnEvent { get; set; }

    public static async Task<LoadClient> ConnectAsync(int port, Dialect dialect)
    {
        var client = new LoadClient(dialect);
        await client._socket.ConnectAsync(IPAddress.Loopback, port);
        await client._socket.SendAsync(Encoding.ASCII.GetBytes(
            $"GET {dialect.Target} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n"));
        while (true)
        {
            client._filled += await client._socket.ReceiveAsync(client._buffer.AsMemory(client._filled));
            var end = client._buffer.AsSpan(0, client._filled).IndexOf("\r\n\r\n"u8);
            if (end < 0)
                continue;
            client._buffer.AsSpan(end + 4, client._filled - end - 4).CopyTo(client._buffer);
            client._filled -= end + 4;
            break;
        }

        var greeted = client._hello = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        foreach (var hello in dialect.Hello)
            client.Send(Encode(hello));
        _ = client.ReadAsync();
        await greeted.Task;
        return client;
    }

    public static byte[] Encode(string text) => Encode(Encoding.UTF8.GetBytes(text));

    /// <summary>A masked text frame.</summary>
    public static byte[] Encode(byte[] payload)
    {
        byte[] key = [1, 2, 3, 4];
        byte[] length = payload.Length < 126 ? [(byte)(0x80 | payload.Length)] : [0xfe, (byte)(payload.Length >> 8), (byte)payload.Length];
        return [0x81, .. length, .. key, .. payload.Select((value, i) => (byte)(value ^ key[i & 3]))];
    }

    /// <summary>Sends a frame; from within a callback, together with the others that what was read brings about.</summary>
    public void Send(byte[] frame)
    {
        if (_consumer != Environment.CurrentManagedThreadId)
        {
            _socket.Send(frame);
            return;
        }

        frame.CopyTo(_outgoing.AsSpan(_outgoingLength));
        _outgoingLength += frame.Length;
    }

    public void Dispose() => _socket.Dispose();

    private async Task ReadAsync()
    {
        try
        {
            Consume();
            while (true)
            {
                var read = await _socket.ReceiveAsync(_buffer.AsMemory(_filled));
                if (read == 0)
                    return;
                _filled += read;
                Consume();
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The run is over.
        }
    }

    private void Consume()
    {
        _consumer = Environment.CurrentManagedThreadId;
        ReadFrames();
        _consumer = 0;
        if (_outgoingLength > 0)
            _socket.Send(_outgoing.AsSpan(0, _outgoingLength));
        _outgoingLength = 0;
    }

    private void ReadFrames()
    {
        var at = 0;
        while (_filled - at >= 2)
        {
            int length = _buffer[at + 1];
            var header = 2;
            if (length == 126)
            {
                if (_filled - at < 4)
                    break;
                length = BinaryPrimitives.ReadUInt16BigEndian(_buffer.AsSpan(at + 2));
                header = 4;
            }

            if (_filled - at < header + length)
                break;
            OnMessage(_buffer.AsSpan(at + header, length));
            at += header + length;
        }

        _buffer.AsSpan(at, _filled - at).CopyTo(_buffer);
        _filled -= at;
    }

    private void OnMessage(ReadOnlySpan<byte> message)
    {
        if (_hello is not null)
        {
            if (++_hellos < _dialect.HelloAnswers)
                return;
            var hello = _hello;
            _hello = null;
            hello.SetResult();
            return;
        }

        if (!_dialect.Separated)
        {
            if (message.SequenceEqual("2"u8))
                Send(Encode("3"));
            else
                Count(message);
            return;
        }

        while (!message.IsEmpty)
        {
            var end = message.IndexOf((byte)0x1e);
            Count(message[..end]);
            message = message[(end + 1)..];
        }
    }

    private void Count(ReadOnlySpan<byte> message)
    {
        if (message.StartsWith(_dialect.AckPrefix))
            OnAck?.Invoke(this);
        else if (message.StartsWith(_dialect.EventPrefix))
            OnEvent?.Invoke(this);
    }
}
