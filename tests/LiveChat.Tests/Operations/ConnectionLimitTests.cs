using System.Net;
using System.Net.Sockets;
using System.Text;
using LiveChat.Tests.Support;

namespace LiveChat.Tests.Operations;

public class ConnectionLimitTests
{
    private static readonly byte[] Request = Encoding.ASCII.GetBytes("GET /actuator/health/liveness HTTP/1.1\r\nHost: localhost\r\n\r\n");

    /// <summary>One address takes all that is its own, and another is served all the same.</summary>
    [Theory]
    [InlineData("Chat:Connections:Limit=12", 6)]
    [InlineData("Chat:Connections:PerAddress=3", 3)]
    public async Task One_address_alone_keeps_no_other_out(string setting, int most)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The limits are of the transport on Linux.");
        await using var server = await RunningServer.StartAsync(setting);
        var sockets = new List<Socket>();
        try
        {
            for (var i = 0; i < most; i++)
            {
                sockets.Add(await ConnectAsync(server, "127.0.0.2"));
                Assert.True(await IsServedAsync(sockets[^1]));
            }

            sockets.Add(await ConnectAsync(server, "127.0.0.2"));
            Assert.False(await IsServedAsync(sockets[^1]));
            sockets.Add(await ConnectAsync(server, "127.0.0.3"));
            Assert.True(await IsServedAsync(sockets[^1]));

            sockets[0].Dispose();
            await Waiting.Until(async () =>
            {
                sockets.Add(await ConnectAsync(server, "127.0.0.2"));
                return await IsServedAsync(sockets[^1]);
            });
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }

    private static async Task<Socket> ConnectAsync(RunningServer server, string from)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        await socket.ConnectAsync(IPAddress.Loopback, server.RestAddress.Port, TestContext.Current.CancellationToken).AsTask().Soon();
        return socket;
    }

    private static async Task<bool> IsServedAsync(Socket socket)
    {
        try
        {
            await socket.SendAsync(Request, TestContext.Current.CancellationToken);
            var answer = new byte[1024];
            var read = await socket.ReceiveAsync(answer, TestContext.Current.CancellationToken).AsTask().Soon();
            return Encoding.ASCII.GetString(answer, 0, read).StartsWith("HTTP/1.1 200", StringComparison.Ordinal);
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
