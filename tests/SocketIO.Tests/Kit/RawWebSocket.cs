using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SocketIO.Tests.Kit;

internal enum Opcode : byte
{
    Continuation = 0,
    Text = 1,
    Binary = 2,
    Close = 8,
    Ping = 9,
    Pong = 10,
}

internal sealed record Frame(Opcode Opcode, byte[] Payload, bool Final, bool Compressed)
{
    public string Text => Encoding.UTF8.GetString(Payload);

    public int CloseCode => BinaryPrimitives.ReadUInt16BigEndian(Payload);
}

/// <summary>A WebSocket client that writes its frames by hand, right and wrong ones.</summary>
internal sealed class RawWebSocket : IAsyncDisposable
{
    private readonly TcpClient _tcp;
    private readonly NetworkStream _stream;

    private RawWebSocket(TcpClient tcp)
    {
        _tcp = tcp;
        _stream = tcp.GetStream();
    }

    public string ResponseHead { get; private set; } = "";

    public int Status => int.Parse(ResponseHead.Split(' ')[1], CultureInfo.InvariantCulture);

    /// <summary>A header of the answer; null when it is not there.</summary>
    public string? Header(string name) => ResponseHead.Split("\r\n")
        .FirstOrDefault(line => line.StartsWith(name + ": ", StringComparison.OrdinalIgnoreCase))?[(name.Length + 2)..];

    public NetworkStream Stream => _stream;

    public static async Task<RawWebSocket> ConnectAsync(int port, string target, string extraHeaders = "", int receiveBuffer = 0)
    {
        var socket = await RequestAsync(port, target, extraHeaders, receiveBuffer);
        Assert.Equal(101, socket.Status);
        return socket;
    }

    /// <summary>Sends the upgrade request and reads the head of whatever the answer is.</summary>
    public static async Task<RawWebSocket> RequestAsync(int port, string target, string extraHeaders = "", int receiveBuffer = 0)
    {
        // What is written is on its way, as a test that cuts the connection next relies on.
        var tcp = new TcpClient { NoDelay = true };
        if (receiveBuffer > 0)
            tcp.ReceiveBufferSize = receiveBuffer;
        await tcp.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken).Bounded();
        var socket = new RawWebSocket(tcp);
        await socket.WriteAsync(Encoding.ASCII.GetBytes(
            $"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
            $"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{extraHeaders}\r\n"));
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await socket._stream.ReadExactlyAsync(one, TestContext.Current.CancellationToken).Bounded();
            head.Append((char)one[0]);
        }

        socket.ResponseHead = head.ToString();
        return socket;
    }

    public Task SendAsync(string text) => SendFrameAsync(Opcode.Text, Encoding.UTF8.GetBytes(text));

    public Task SendAsync(byte[] binary) => SendFrameAsync(Opcode.Binary, binary);

    public Task SendFrameAsync(Opcode opcode, byte[] payload, bool final = true) => WriteAsync(Encode(opcode, payload, final));

    public Task WriteAsync(byte[] bytes) => _stream.WriteAsync(bytes, TestContext.Current.CancellationToken).Bounded();

    /// <summary>A masked frame.</summary>
    public static byte[] Encode(Opcode opcode, byte[] payload, bool final = true, bool masked = true)
    {
        var frame = new List<byte> { (byte)((final ? 0x80 : 0) | (int)opcode) };
        var maskBit = masked ? 0x80 : 0;
        Span<byte> length = stackalloc byte[8];
        switch (payload.Length)
        {
            case < 126:
                frame.Add((byte)(maskBit | payload.Length));
                break;
            case <= ushort.MaxValue:
                frame.Add((byte)(maskBit | 126));
                BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)payload.Length);
                frame.AddRange(length[..2]);
                break;
            default:
                frame.Add((byte)(maskBit | 127));
                BinaryPrimitives.WriteInt64BigEndian(length, payload.Length);
                frame.AddRange(length);
                break;
        }

        byte[] key = [0x37, 0xfa, 0x21, 0x3d];
        if (masked)
            frame.AddRange(key);
        for (var i = 0; i < payload.Length; i++)
            frame.Add((byte)(payload[i] ^ (masked ? key[i % 4] : 0)));
        return [.. frame];
    }

    /// <summary>The next frame; null when the connection has ended.</summary>
    public async Task<Frame?> FrameAsync()
    {
        var head = new byte[8];
        if (!await TryReadAsync(head.AsMemory(0, 2)))
            return null;

        long length = head[1] & 0x7f;
        Assert.Equal(0, head[1] & 0x80);
        var first = head[0];
        var (opcode, final) = ((Opcode)(first & 0xf), (first & 0x80) != 0);
        if (length == 126)
        {
            await TryReadAsync(head.AsMemory(0, 2));
            length = BinaryPrimitives.ReadUInt16BigEndian(head);
        }
        else if (length == 127)
        {
            await TryReadAsync(head.AsMemory(0, 8));
            length = BinaryPrimitives.ReadInt64BigEndian(head);
        }

        var payload = new byte[length];
        return await TryReadAsync(payload) ? new Frame(opcode, payload, final, Compressed: (first & 0x40) != 0) : null;
    }

    public async Task<string> TextAsync()
    {
        var frame = await FrameAsync();
        Assert.NotNull(frame);
        Assert.Equal(Opcode.Text, frame.Opcode);
        return frame.Text;
    }

    public async Task<byte[]> BinaryAsync()
    {
        var frame = await FrameAsync();
        Assert.NotNull(frame);
        Assert.Equal(Opcode.Binary, frame.Opcode);
        return frame.Payload;
    }

    public async Task ExpectAsync(string text) => Assert.Equal(text, await TextAsync());

    /// <summary>Reads on to the server's close frame and gives its code; -1 when the connection ended without one.</summary>
    public async Task<int> ClosedAsync()
    {
        while (await FrameAsync() is { } frame)
        {
            if (frame.Opcode == Opcode.Close)
                return frame.CloseCode;
        }

        return -1;
    }

    /// <summary>Says that nothing more comes, and still reads.</summary>
    public void EndSending() => _tcp.Client.Shutdown(SocketShutdown.Send);

    /// <summary>Cuts the connection without a word.</summary>
    public void Abort() => _tcp.Client.Close(0);

    public ValueTask DisposeAsync()
    {
        _tcp.Dispose();
        return default;
    }

    private async Task<bool> TryReadAsync(Memory<byte> target)
    {
        try
        {
            return await _stream.ReadAtLeastAsync(target, target.Length, throwOnEndOfStream: false, TestContext.Current.CancellationToken).Bounded() == target.Length;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
