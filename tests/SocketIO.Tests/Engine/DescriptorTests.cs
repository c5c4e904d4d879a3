using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using SocketIO.Tests.Kit;
using TcpSocket = System.Net.Sockets.Socket;

namespace SocketIO.Tests.Engine;

/// <summary>A server as a process of its own that may have few descriptors, and clients that want more of them.</summary>
public class DescriptorTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task More_connections_than_descriptors_end_nothing_and_are_said_once()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Skip("The limit is set by a shell of Linux.");
        var port = FreePort();
        using var server = Start(port, descriptors: 400);
        var output = new StringBuilder();
        server.OutputDataReceived += (_, line) => Keep(line.Data);
        server.ErrorDataReceived += (_, line) => Keep(line.Data);
        server.BeginOutputReadLine();
        server.BeginErrorReadLine();
        var clients = new List<TcpSocket>();
        try
        {
            await Bounds.Until(() => TryConnect(port) is { } first && Kept(first));
            for (var i = 0; i < 700; i++)
            {
                var client = new TcpSocket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                clients.Add(client);
                await client.ConnectAsync(IPAddress.Loopback, port, Token).AsTask().Bounded();
                await SendAsync(client, i % 2 == 0
                    ? "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n"
                    : "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
                      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
            }

            // Each is answered or refused, none left hanging; then those that come are served again.
            foreach (var client in clients)
                await ReceiveAsync(client);
            foreach (var client in clients)
                client.Dispose();
            await Bounds.Until(() => !server.HasExited && TryConnect(port) is { } again && Kept(again));
            lock (output)
                Assert.Equal(1, output.ToString().Split("because of descriptors").Length - 1);
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
            server.Kill();
            await server.WaitForExitAsync(CancellationToken.None);
        }

        void Keep(string? line)
        {
            lock (output)
                output.AppendLine(line);
        }

        // Whether a connection is served and not refused.
        static bool Kept(TcpSocket client)
        {
            using (client)
            {
                client.ReceiveTimeout = 2000;
                client.Send("GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"u8);
                try
                {
                    return client.Receive(new byte[12]) == 12;
                }
                catch (SocketException)
                {
                    return false;
                }
            }
        }
    }

    private static Process Start(int port, int descriptors)
    {
        var host = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "ConformanceHost", new DirectoryInfo(AppContext.BaseDirectory).Name, "ConformanceHost.dll"));
        var start = new ProcessStartInfo("sh") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add($"ulimit -n {descriptors} && exec dotnet \"$0\"");
        start.ArgumentList.Add(host);
        start.Environment["PORT"] = port.ToString(CultureInfo.InvariantCulture);
        start.Environment["TUNED"] = "1";
        return Process.Start(start)!;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static TcpSocket? TryConnect(int port)
    {
        var socket = new TcpSocket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(IPAddress.Loopback, port);
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }
    }

    private static async Task SendAsync(TcpSocket client, string text)
    {
        try
        {
            await client.SendAsync(Encoding.ASCII.GetBytes(text), Token).AsTask().Bounded();
        }
        catch (SocketException)
        {
            // Refused already.
        }
    }

    private static async Task ReceiveAsync(TcpSocket client)
    {
        try
        {
            await client.ReceiveAsync(new byte[1], Token).AsTask().Bounded();
        }
        catch (SocketException)
        {
            // Refused.
        }
    }
}
