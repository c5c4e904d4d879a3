using System.Buffers.Binary;
using System.Text;

namespace LiveChat.Bench;

/// <summary>One Socket.IO client over a WebSocket: it answers heartbeats and counts messages by how they begin.</summary>
internal sealed class SocketLine : Line
{
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _upgraded;

    private SocketLine()
    {
    }

    /// <summary>Called for each <c>chat:message</c>, on the loop's thread.</summary>
    public Action? OnMessage { get; set; }

    public static async Task<SocketLine> ConnectAsync(int port, string query)
    {
        var line = new SocketLine();
        line.Connect(port);
        line.Send(Encoding.ASCII.GetBytes(
            $"GET /socket.io/?EIO=4&transport=websocket&{query} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"));
        await line._ready.Task.WaitAsync(TimeSpan.FromSeconds(30));
        return line;
    }

    protected override int Take(ReadOnlySpan<byte> data)
    {
        var at = 0;
        if (!_upgraded)
        {
            var head = data.IndexOf("\r\n\r\n"u8);
            if (head < 0)
                return 0;
            _upgraded = true;
            SendText("40");
            at = head + 4;
        }

        while (data.Length - at >= 2)
        {
            var frame = data[at..];
            var (header, length) = frame[1] switch
            {
                126 when frame.Length >= 4 => (4, BinaryPrimitives.ReadUInt16BigEndian(frame[2..])),
                126 or 127 => (0, int.MaxValue),
                var small => (2, small),
            };
            if (length > frame.Length - header)
                break;

            Look(frame.Slice(header, length));
            at += header + length;
        }

        return at;
    }

    private void Look(ReadOnlySpan<byte> payload)
    {
        if (payload.StartsWith("42[\"chat:message\""u8))
            OnMessage?.Invoke();
        else if (payload.SequenceEqual("2"u8))
            SendText("3");
        else if (payload.IndexOf("SESSION_READY"u8) >= 0)
            _ready.TrySetResult();
    }

    /// <summary>A short frame, masked with nothing.</summary>
    private void SendText(string text) => Send([0x81, (byte)(0x80 | text.Length), 0, 0, 0, 0, .. Encoding.ASCII.GetBytes(text)]);
}
