using System.Text;
using EngineIO;
using EngineIO.Protocol;
using SocketIO.Tests.Kit;

namespace SocketIO.Tests.Engine;

/// <summary>Engine.IO for a protocol of one's own, without Socket.IO.</summary>
public class EngineAloneTests
{
    [Fact]
    public async Task A_handler_of_ones_own_is_served_over_both_transports_and_closed_when_the_application_stops()
    {
        var closed = new List<CloseReason>();
        await using var server = await StartAsync(closed);
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = server.Address };
        Assert.StartsWith("0{", await http.GetStringAsync("/engine.io/?EIO=4&transport=polling", TestContext.Current.CancellationToken).Bounded(), StringComparison.Ordinal);
        await using var socket = await RawWebSocket.ConnectAsync(server.Port, "/engine.io/?EIO=4&transport=websocket");
        Assert.Contains("\"maxPayload\":12345", await socket.TextAsync(), StringComparison.Ordinal);
        await socket.SendAsync("4hello");
        await socket.ExpectAsync("4HELLO");

        var stopping = server.StopAsync();
        Assert.Equal(1001, await socket.ClosedAsync());
        await socket.SendFrameAsync(Opcode.Close, [3, 233]);
        await stopping;
        Assert.Contains(CloseReason.ServerShuttingDown, closed);
    }

    [Fact]
    public async Task Faulty_options_stop_the_start()
    {
        var fault = await Assert.ThrowsAnyAsync<Exception>(() => StartAsync([], maxPayload: 0));
        Assert.Contains("MaxPayload must be between", fault.Message, StringComparison.Ordinal);
    }

    private static Task<TestServer> StartAsync(List<CloseReason> closed, int maxPayload = 12345) => TestServer.StartAsync(
        build: builder => builder.Services.AddEngineIO((_, session) => new Shouting(session, closed), options => options.MaxPayload = maxPayload),
        map: app => app.MapEngineIO());

    private sealed class Shouting(Session session, List<CloseReason> closed) : ISessionHandler
    {
        public void Opened()
        {
        }

        public void Text(ReadOnlySpan<byte> utf8) =>
            session.Send(Packet.TextMessage(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(utf8).ToUpperInvariant())));

        public void Binary(ReadOnlySpan<byte> data) => session.Send(Packet.BinaryMessage(data));

        public void Closed(CloseReason reason)
        {
            lock (closed)
                closed.Add(reason);
        }
    }
}
