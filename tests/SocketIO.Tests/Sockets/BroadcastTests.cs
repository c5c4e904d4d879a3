using System.Text;
using SocketIO.Tests.Kit;

namespace SocketIO.Tests.Sockets;

public class BroadcastTests
{
    private static byte[] Json(string json) => Encoding.UTF8.GetBytes(json);

    private static void Rooms(ISocketIO io) => io.Of("/")
        .On("join", (received, _) =>
        {
            foreach (var room in received.Arguments)
                received.Socket.Join(room.GetString()!);
            received.Ack();
            return default;
        })
        .On("leave", (received, _) =>
        {
            received.Socket.Leave(received.Arguments[0].GetString()!);
            received.Ack();
            return default;
        })
        .On("others", (received, _) =>
        {
            received.Socket.Broadcast.Emit("from-other", received.ArgumentsJson);
            received.Ack();
            return default;
        });

    private static async Task<RawWebSocket> JoinAsync(TestServer server, params string[] rooms)
    {
        var socket = await server.ConnectAsync();
        await socket.SendAsync($"421[\"join\",{string.Join(',', rooms.Select(room => $"\"{room}\""))}]".Replace(",]", "]", StringComparison.Ordinal));
        await socket.ExpectAsync("431[]");
        return socket;
    }

    [Fact]
    public async Task Operators_choose_the_receivers_and_each_gets_one_copy()
    {
        await using var server = await TestServer.StartAsync(register: Rooms);
        await using var a = await JoinAsync(server, "a");
        await using var ab = await JoinAsync(server, "a", "b");
        await using var none = await JoinAsync(server);
        var io = server.Io.Of("/");
        Assert.Equal(2, io.To("a").Emit("1"));
        Assert.Equal(2, io.To("a").To("b").Emit("2"));
        Assert.Equal(1, io.To("a").Except("b").Emit("3"));
        Assert.Equal(2, io.Except("b").Emit("4"));
        Assert.Equal(3, io.Emit("5", Json("{}")));
        Assert.Equal(0, io.To("nobody").Emit("6"));
        Assert.Equal(2, io.Except("b", "x").Except("y").Emit("7"));
        foreach (var (socket, names) in new[] { (a, "123457"), (ab, "125"), (none, "457") })
        {
            foreach (var name in names)
                await socket.ExpectAsync(name == '5' ? "42[\"5\",{}]" : $"42[\"{name}\"]");
        }

        await a.SendAsync("421[\"others\",\"hi\"]");
        await a.ExpectAsync("431[]");
        await ab.ExpectAsync("42[\"from-other\",\"hi\"]");
        await none.ExpectAsync("42[\"from-other\",\"hi\"]");
    }

    [Fact]
    public async Task A_broadcast_reaches_every_transport_and_revision_in_its_own_form()
    {
        await using var server = await TestServer.StartAsync(register: Rooms);
        await using var socket5 = await server.ConnectAsync();
        await using var socket4 = await server.OpenAsync(eio: 3);
        await socket4.ExpectAsync("40");
        using var polling5 = server.Polling();
        await polling5.OpenAsync();
        await polling5.PostAsync("40");
        await polling5.GetAsync();
        using var polling4 = server.Polling(eio: 3);
        await polling4.OpenAsync();
        using var base644 = server.Polling(eio: 3, query: "&b64=1");
        await base644.OpenAsync();

        Assert.Equal(5, server.Io.Of("/").Emit("€😀", new EventArguments().Add("1"u8).AddBinary(new byte[] { 1, 2, 3 })));
        const string Header = "451-[\"\\u20AC\\uD83D\\uDE00\",1,{\"_placeholder\":true,\"num\":0}]";
        await socket5.ExpectAsync(Header);
        Assert.Equal([1, 2, 3], await socket5.BinaryAsync());
        await socket4.ExpectAsync(Header);
        Assert.Equal([4, 1, 2, 3], await socket4.BinaryAsync());
        Assert.Equal(Header + "\u001ebAQID", await polling5.GetAsync());
        Assert.Equal($"{Header.Length}:{Header}6:b4AQID", await base644.GetAsync());
        var binary = await polling4.GetBytesAsync();
        byte[] digits = [.. Header.Length.ToString(System.Globalization.CultureInfo.InvariantCulture).Select(digit => (byte)(digit - '0'))];
        Assert.Equal([0, .. digits, 255, .. Encoding.UTF8.GetBytes(Header), 1, 4, 255, 4, 1, 2, 3], binary);
    }

    [Fact]
    public async Task Text_lengths_of_revision_3_count_utf16()
    {
        await using var server = await TestServer.StartAsync(register: Rooms);
        using var client = server.Polling(eio: 3);
        await client.OpenAsync();
        const string Sent = "42[\"others\",\"äöü€😀\"]";
        await client.PostAsync($"{Sent.Length}:{Sent}1:2");
        Assert.Equal("1:3", await client.GetAsync());
        server.Io.Of("/").Emit("x", Json("\"äöü€😀\""));
        const string Expected = "42[\"x\",\"äöü€😀\"]";
        Assert.Equal($"{Expected.Length}:{Expected}", await client.GetAsync());
    }

    [Fact]
    public async Task An_emit_before_a_join_comes_before_what_the_room_gets()
    {
        await using var server = await TestServer.StartAsync(register: io => io.Of("/").OnConnected(async (socket, token) =>
        {
            var emitting = Task.CompletedTask;
            for (var i = 0; i < 200; i++)
            {
                var number = i;
                socket.Emit("own", Json($"{number}"));
                socket.Join($"room{number}");
                await emitting;
                emitting = Task.Run(() => socket.Namespace.To($"room{number}").Emit("room", Json($"{number}")), token);
            }

            await emitting;
            socket.Emit("end");
        }));
        await using var socket = await server.ConnectAsync();
        var seen = new HashSet<string>();
        for (var text = await socket.TextAsync(); text != "42[\"end\"]"; text = await socket.TextAsync())
        {
            seen.Add(text);
            if (text.Contains("room", StringComparison.Ordinal))
                Assert.Contains(text.Replace("room", "own", StringComparison.Ordinal), seen);
        }

        Assert.Equal(400, seen.Count);
    }

    [Fact]
    public async Task Concurrent_emits_of_headers_and_attachments_never_mix()
    {
        await using var server = await TestServer.StartAsync();
        await using var socket = await server.ConnectAsync();
        var sole = server.Io.Of("/").FetchSockets().Single();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(() =>
        {
            for (var i = 0; i < 200; i++)
            {
                sole.Emit("bin", new EventArguments().AddBinary(new[] { (byte)worker }).AddBinary(new[] { (byte)worker }));
                sole.Emit("text", Json("1"));
            }
        })));
        for (var i = 0; i < 1600; i++)
        {
            if (await socket.TextAsync() == "42[\"text\",1]")
                continue;
            Assert.Equal(await socket.BinaryAsync(), await socket.BinaryAsync());
        }
    }

    [Fact]
    public async Task Rooms_can_be_read_until_the_socket_has_ended_and_joined_no_more_after()
    {
        IReadOnlyCollection<string> during = [], after = ["?"];
        var done = new TaskCompletionSource();
        await using var server = await TestServer.StartAsync(
            options => options.MaxRoomsPerSocket = 2,
            io => io.Of("/")
                .OnConnected((socket, _) =>
                {
                    socket.Join("a");
                    socket.Join("b");
                    Assert.Throws<InvalidOperationException>(() => socket.Join("c"));
                    return default;
                })
                .OnDisconnecting((socket, _) => during = socket.Rooms)
                .OnDisconnected((socket, _) =>
                {
                    socket.Join("d");
                    after = socket.Rooms;
                    done.SetResult();
                    return default;
                }));
        await using var socket = await server.ConnectAsync();
        await socket.SendAsync("41");
        await done.Task.Bounded();
        Assert.Equal(3, during.Count);
        Assert.Empty(after);
        Assert.Equal((0, 0), (((Namespace)server.Io.Of("/")).Rooms.RoomCount, server.Io.Of("/").SocketCount));
    }

    [Fact]
    public async Task A_broadcast_with_acknowledgements_counts_who_is_missing()
    {
        await using var server = await TestServer.StartAsync();
        await using var answers = await server.ConnectAsync();
        await using var silent = await server.ConnectAsync();
        var asking = server.Io.Of("/").EmitWithAckAsync("ask", new EventArguments().Add("1"u8), TimeSpan.FromMilliseconds(300), TestContext.Current.CancellationToken);
        await answers.ExpectAsync("421[\"ask\",1]");
        await answers.SendAsync("431[\"mine\"]");
        var result = await asking.Bounded();
        Assert.Equal(1, result.Missing);
        Assert.Equal("mine", result.Responses.Single().Arguments.Single().GetString());
    }

    [Fact]
    public async Task Sockets_can_be_made_to_join_leave_and_go()
    {
        await using var server = await TestServer.StartAsync(register: Rooms);
        await using var a = await JoinAsync(server, "a");
        await using var b = await JoinAsync(server, "b");
        var io = server.Io.Of("/");
        io.To("a").SocketsJoin("c", "d");
        Assert.Equal(1, io.To("c").Emit("c"));
        await a.ExpectAsync("42[\"c\"]");
        io.SocketsLeave("c");
        Assert.Equal(0, io.To("c").Emit("c"));
        Assert.Single(io.In("d").FetchSockets());
        io.To("a").DisconnectSockets();
        await a.ExpectAsync("41");
        io.DisconnectSockets(close: true);
        await b.ExpectAsync("41");
        Assert.Equal(1000, await b.ClosedAsync());
        Assert.Equal(0, io.SocketCount);
    }

    [Fact]
    public async Task Volatile_packets_are_dropped_for_who_cannot_take_them()
    {
        await using var server = await TestServer.StartAsync(register: Rooms);
        using var client = server.Polling();
        await client.OpenAsync();
        await client.PostAsync("40");
        await client.GetAsync();
        var io = server.Io.Of("/");
        Assert.Equal(0, io.Volatile.Emit("dropped"));
        var parked = client.GetAsync();
        await Bounds.Until(() => io.Volatile.Emit("taken") == 1);
        Assert.Equal("42[\"taken\"]", await parked);
    }
}
