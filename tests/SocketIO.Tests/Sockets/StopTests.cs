using SocketIO.Tests.Kit;

namespace SocketIO.Tests.Sockets;

/// <summary>How a server that stops takes leave of its clients.</summary>
public class StopTests
{
    [Fact]
    public async Task Before_a_client_is_closed_it_is_sent_no_more_events_but_still_answered()
    {
        // The official client keeps an event that comes in the same read as the close, and plays it after it is back: so nothing may.
        await using var server = await TestServer.StartAsync(options => options.CloseDelay = TimeSpan.FromSeconds(10), io => io.Of("/").On("ask", (received, _) =>
        {
            received.Ack("1"u8.ToArray());
            return default;
        }));
        await using var socket = await server.ConnectAsync();
        using var limit = new CancellationTokenSource();
        Assert.Equal(1, server.Io.Of("/").Emit("before"));
        var stopping = server.StopWithinAsync(limit.Token);
        await server.Stopping.Bounded();
        await socket.ExpectAsync("42[\"before\"]");
        Assert.Equal(0, server.Io.Of("/").Emit("too late"));
        Assert.False(server.Io.Of("/").FetchSockets().Single().Emit("too late"));
        await socket.SendAsync("421[\"ask\"]");
        await socket.ExpectAsync("431[1]");
        await limit.CancelAsync();
        // Its time cut short, the web server may be faster than the close frame.
        Assert.True(await socket.FrameAsync() is null or { Opcode: Opcode.Close, CloseCode: 1001 });
        await socket.DisposeAsync();
        await stopping.Bounded();
    }

    [Fact]
    public async Task A_connection_that_the_server_closes_is_sent_no_more_events_and_joins_no_namespace()
    {
        var closing = new TaskCompletionSource<ISocket>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await TestServer.StartAsync(options => options.CloseDelay = TimeSpan.FromSeconds(10), io =>
        {
            io.Of("/other");
            io.Of("/").On("fault", (received, _) =>
            {
                received.Socket.Emit("told");
                received.Socket.CloseConnection();
                Assert.False(received.Socket.Emit("too late"));
                closing.SetResult(received.Socket);
                return default;
            }).On("ask", (received, _) =>
            {
                received.Ack("1"u8.ToArray());
                return default;
            });
        });
        await using var socket = await server.ConnectAsync();
        await socket.SendAsync("42[\"fault\"]");
        await socket.ExpectAsync("42[\"told\"]");
        Assert.False((await closing.Task.Bounded()).Emit("too late"));
        await socket.SendAsync("40/other,");
        await socket.SendAsync("421[\"ask\"]");
        await socket.ExpectAsync("431[1]");
    }
}
