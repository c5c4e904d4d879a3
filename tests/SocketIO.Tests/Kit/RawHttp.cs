using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using TcpSocket = System.Net.Sockets.Socket;

namespace SocketIO.Tests.Kit;

/// <summary>A client of HTTP/1.1 that sends what it is told and reads answers of known length.</summary>
internal sealed class RawHttp(TcpSocket socket) : IDisposable
{
    private readonly List<byte> _received = [];
    private readonly byte[] _buffer = new byte[8192];

    public TcpSocket Socket => socket;

    public NetworkStream Stream { get; } = new(socket, ownsSocket: true);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<RawHttp> ConnectAsync(TestServer server, int receiveBuffer = 0)
    {
        var socket = new TcpSocket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBuffer > 0)
            socket.ReceiveBufferSize = receiveBuffer;
        await socket.ConnectAsync(IPAddress.Loopback, server.Port, Token).AsTask().Bounded();
        return new RawHttp(socket);
    }

    public Task SendAsync(string text) => Stream.WriteAsync(Encoding.ASCII.GetBytes(text), Token).Bounded();

    public async Task<string> ReadUntilAsync(string text)
    {
        while (!Encoding.Latin1.GetString([.. _received]).Contains(text, StringComparison.Ordinal))
            await ReceiveAsync();
        return Encoding.Latin1.GetString([.. _received]);
    }

    /// <summary>The body of the next answer.</summary>
    /// <param name="onReceived">Called each time that something has come.</param>
    public async Task<string> BodyAsync(Action? onReceived = null)
    {
        int end;
        while ((end = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_received).IndexOf("\r\n\r\n"u8)) < 0)
            await ReceiveAsync();
        var head = Encoding.ASCII.GetString([.. _received[..end]]);
        var length = int.Parse(
            head.Split("\r\n").Single(line => line.StartsWith("Content-Length: ", StringComparison.Ordinal))["Content-Length: ".Length..],
            CultureInfo.InvariantCulture);
        while (_received.Count < end + 4 + length)
        {
            await ReceiveAsync();
            onReceived?.Invoke();
        }

        var body = Encoding.ASCII.GetString([.. _received.GetRange(end + 4, length)]);
        _received.RemoveRange(0, end + 4 + length);
        return body;
    }

    public void Dispose() => Stream.Dispose();

    private async Task ReceiveAsync()
    {
        var count = await Stream.ReadAsync(_buffer, Token).Bounded();
        Assert.NotEqual(0, count);
        _received.AddRange(_buffer.AsSpan(0, count));
    }
}
