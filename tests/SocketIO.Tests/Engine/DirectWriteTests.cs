using System.Text;
using SocketIO.Tests.Kit;

namespace SocketIO.Tests.Engine;

/// <summary>Writing past the web server's pipes, where a send that the system does not take whole must be carried on with.</summary>
public class DirectWriteTests
{
    private static byte[] Json(string json) => Encoding.UTF8.GetBytes(json);

    [Fact]
    public async Task A_message_larger_than_the_socket_takes_at_once_arrives_whole_and_in_order()
    {
        await using var server = await TestServer.StartAsync(
            options => options.Engine.MaxSendBufferBytes = 100_000_000,
            io => io.Of("/").On("get", (received, _) =>
            {
                received.Socket.Emit("large", Json($"\"{new string('x', 8_000_000)}\""));
                for (var i = 0; i < 100; i++)
                    received.Socket.Emit("small", Json($"{i}"));
                return default;
            }),
            inlineSockets: true);
        await using var socket = await server.ConnectAsync();
        await socket.SendAsync("42[\"get\"]");
        Assert.Equal(8_000_000 + "42[\"large\",\"\"]".Length, (await socket.TextAsync()).Length);
        for (var i = 0; i < 100; i++)
            await socket.ExpectAsync($"42[\"small\",{i}]");
    }

    [Fact]
    public async Task A_reader_that_stalls_is_closed_when_the_send_buffer_is_full()
    {
        var reason = new TaskCompletionSource<DisconnectReason>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await TestServer.StartAsync(
            options =>
            {
                options.Engine.MaxSendBufferBytes = 200_000;
                options.Engine.CloseHandshakeTimeout = TimeSpan.FromMilliseconds(50);
            },
            io => io.Of("/")
                .OnDisconnected((_, why) =>
                {
                    reason.SetResult(why);
                    return default;
                })
                .On("flood", (received, _) =>
                {
                    while (received.Socket.Emit("data", Json($"\"{new string('x', 10_000)}\"")))
                    {
                    }

                    return default;
                }),
            inlineSockets: true);
        await using var stalled = await RawWebSocket.ConnectAsync(server.Port, "/socket.io/?EIO=4&transport=websocket", receiveBuffer: 4096);
        await stalled.SendAsync("40");
        await stalled.SendAsync("42[\"flood\"]");
        Assert.Equal(DisconnectReason.SendBufferFull, await reason.Task.Bounded());
        await Bounds.Until(() => server.Engine.SessionCount == 0);
    }

    [Fact]
    public async Task A_client_that_is_gone_is_noticed_by_the_write()
    {
        await using var server = await TestServer.StartAsync(inlineSockets: true);
        await using var socket = await server.ConnectAsync();
        var sole = server.Io.Of("/").FetchSockets().Single();
        socket.Abort();
        await Bounds.Until(() => !sole.Emit("x") && server.Engine.SessionCount == 0);
    }

    [Fact]
    public async Task Many_emitters_at_once_never_mix_their_frames()
    {
        await using var server = await TestServer.StartAsync(inlineSockets: true);
        await using var socket = await server.ConnectAsync();
        var sole = server.Io.Of("/").FetchSockets().Single();
        var emitting = Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(() =>
        {
            for (var i = 0; i < 500; i++)
                sole.Emit("x", Json($"[{worker},{i}]"));
        })));
        var next = new int[4];
        for (var i = 0; i < 2000; i++)
        {
            var text = await socket.TextAsync();
            var parts = text["42[\"x\",[".Length..^2].Split(',');
            var worker = int.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture);
            Assert.Equal(next[worker]++, int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture));
        }

        await emitting;
    }
}
