using System.Text;
using ClientPrograms;
using SocketIO.Recovery;
using SocketIO.Tests.Kit;

namespace SocketIO.Tests.RealClients;

/// <summary>A client that reads an event together with the close keeps it for after its return, where it is replayed, too.</summary>
public class ClosingTests
{
    [Theory]
    [InlineData("websocket")]
    [InlineData("polling")]
    public async Task The_official_client_gets_every_event_once_however_often_it_is_closed(string transport)
    {
        var count = 0;
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await TestServer.StartAsync(
            options => options.Recovery = new MemoryRecoveryStore(TimeProvider.System),
            io => io.Of("/")
                .OnConnected((socket, _) =>
                {
                    socket.Emit("ready");
                    return default;
                })
                .On("go", (received, _) =>
                {
                    received.Socket.Emit("event", Encoding.UTF8.GetBytes($"{++count}"));
                    received.Socket.CloseConnection();
                    return default;
                })
                .OnDisconnected((_, reason) =>
                {
                    if (reason == DisconnectReason.ClientNamespaceDisconnect)
                        left.SetResult();
                    return default;
                }));

        await ClientProgram.RunAsync("node", Path.Combine(ClientProgram.Folder, "node", "closing.mjs"), transport, server.Address.GetLeftPart(UriPartial.Authority));

        await left.Task.Bounded();
        Assert.Equal(8, count);
    }
}
