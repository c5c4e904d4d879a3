using SocketIO.Tests.Kit;

namespace SocketIO.Tests.Sockets;

/// <summary>Volatile: sent at once or dropped, in the middle of a handler as elsewhere.</summary>
public class VolatileTests
{
    [Fact]
    public async Task A_handler_that_floods_a_client_that_does_not_read_loses_packets_and_not_the_client()
    {
        await using var server = await TestServer.StartAsync(register: io => io.Of("/").On("flood", (received, _) =>
        {
            var large = new EventArguments().Add(System.Text.Encoding.UTF8.GetBytes($"\"{new string('x', 10_000)}\""));
            var sent = 0;
            for (var i = 0; i < 20_000 && received.Socket.EmitVolatile("data", large); i++)
                sent++;
            received.Ack(System.Text.Encoding.UTF8.GetBytes($"{sent}"));
            return default;
        }));
        using var dropped = new Counted(server, "socketio.packets.dropped");
        await using var socket = await server.ConnectAsync();
        await socket.SendAsync("421[\"flood\"]");
        await Bounds.Until(() => dropped.Total == 1);
        var got = 0;
        string text;
        while ((text = await socket.TextAsync()).StartsWith("42[\"data\"", StringComparison.Ordinal))
            got++;
        Assert.Equal($"431[{got}]", text);
    }

    [Fact]
    public async Task It_keeps_its_place_after_what_the_handler_emitted_before()
    {
        await using var server = await TestServer.StartAsync(register: io => io.Of("/").On("go", (received, _) =>
        {
            received.Socket.Emit("first");
            received.Socket.EmitVolatile("second", new EventArguments());
            received.Socket.Namespace.Volatile.Emit("third");
            received.Socket.Emit("fourth");
            return default;
        }));
        await using var socket = await server.ConnectAsync();
        await socket.SendAsync("42[\"go\"]");
        foreach (var name in new[] { "first", "second", "third", "fourth" })
            await socket.ExpectAsync($"42[\"{name}\"]");
    }

    [Fact]
    public async Task A_poll_takes_one_and_the_next_is_dropped()
    {
        await using var server = await TestServer.StartAsync(register: io => io.Of("/").On("go", (received, _) =>
        {
            received.Socket.EmitVolatile("one", new EventArguments());
            received.Socket.EmitVolatile("two", new EventArguments());
            return default;
        }));
        using var dropped = new Counted(server, "socketio.packets.dropped");
        using var client = server.Polling();
        await client.OpenAsync();
        await client.PostAsync("40");
        await client.GetAsync();
        // Without a poll that waits there is nothing to send it with.
        await client.PostAsync("42[\"go\"]");
        await Bounds.Until(() => dropped.Total == 2);
        var polling = client.GetAsync();
        var socket = (Socket)server.Io.Of("/").FetchSockets().Single();
        await Bounds.Until(() => socket.Session.IsWritable);
        await client.PostAsync("42[\"go\"]");
        Assert.Equal("42[\"one\"]", await polling);
        Assert.Equal(3, dropped.Total);
    }
}
