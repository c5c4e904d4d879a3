using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.RegularExpressions;
using EngineIO;
using SocketIO.Recovery;
using SocketIO.Tests.Kit;

namespace SocketIO.PublicTests;

/// <summary>The rest that the README promises: refusal, rooms, emits from anywhere, packages, refused requests.</summary>
public class ServerTests
{
    [Fact]
    public async Task The_readme_s_application_works()
    {
        await using var server = await PublicServer.StartAsync(io => io.Of("/")
            .Use((socket, _) => socket.Handshake.Auth.TryGetProperty("token", out var given) ? default : throw new ConnectRefusedException("no token"))
            .OnConnected((socket, _) =>
            {
                socket.Join("lobby");
                return default;
            })
            .On<Say, Heard>("say", (received, said, _) => ValueTask.FromResult(
                new Heard(received.Socket.To(said.Room).Emit("said", said.Text, AppJson.Default.String)))));
        await using var one = await server.ConnectAsync("{\"token\":1}");
        await using var two = await server.ConnectAsync("{\"token\":2}");
        await one.SendAsync("421[\"say\",{\"room\":\"lobby\",\"text\":\"hello\"}]");
        await one.ExpectAsync("431[{\"members\":1}]");
        await two.ExpectAsync("42[\"said\",\"hello\"]");

        await using var refused = await RawWebSocket.ConnectAsync(server.Port, "/socket.io/?EIO=4&transport=websocket");
        await refused.TextAsync();
        await refused.SendAsync("40");
        await refused.ExpectAsync("44{\"message\":\"no token\"}");
    }

    [Fact]
    public async Task A_socket_joins_and_leaves_several_rooms_and_leaves_others_out()
    {
        await using var server = await PublicServer.StartAsync(io => io.Of("/")
            .On<string, string>("join", (received, room, _) =>
            {
                received.Socket.Join(room, "all", "more");
                received.Socket.Leave("more");
                return ValueTask.FromResult(string.Join(' ', received.Socket.Rooms.Where(each => each != received.Socket.Id).Order(StringComparer.Ordinal)));
            })
            .On<int>("tell", (received, _) => ValueTask.FromResult(
                (100 * received.Socket.Except("b").Emit("not b"))
                + (10 * received.Socket.To("a", "b").Emit("a or b"))
                + received.Socket.In("all").Except("a", "b").Emit("c alone"))));
        var rooms = new[] { "a", "b", "c" };
        var sockets = new List<RawWebSocket>();
        foreach (var room in rooms)
        {
            var socket = await server.ConnectAsync();
            await socket.SendAsync($"421[\"join\",\"{room}\"]");
            await socket.ExpectAsync(string.CompareOrdinal(room, "all") < 0 ? $"431[\"{room} all\"]" : $"431[\"all {room}\"]");
            sockets.Add(socket);
        }

        await sockets[0].SendAsync("422[\"tell\"]");
        await sockets[0].ExpectAsync("432[111]");
        await sockets[1].ExpectAsync("42[\"a or b\"]");
        await sockets[2].ExpectAsync("42[\"not b\"]");
        await sockets[2].ExpectAsync("42[\"c alone\"]");
        foreach (var socket in sockets)
            await socket.DisposeAsync();
    }

    [Fact]
    public async Task Requests_that_are_refused_are_told_of()
    {
        var errors = new ConcurrentQueue<(int Code, string Message, string Path)>();
        await using var server = await PublicServer.StartAsync(
            io => io.OnConnectionError(error => errors.Enqueue((error.Code, error.Message, error.Context.Request.Path))).Of("/"),
            options => options.Engine.AllowRequest = context => ValueTask.FromResult(!context.Request.Query.ContainsKey("bad")));
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri($"http://127.0.0.1:{server.Port}") };
        foreach (var query in new[] { "EIO=4&transport=polling&sid=unknown", "EIO=4&transport=polling&bad=1", "EIO=5&transport=polling", "transport=smoke" })
        {
            using var answer = await http.GetAsync($"/socket.io/?{query}", TestContext.Current.CancellationToken).Bounded();
            Assert.False(answer.IsSuccessStatusCode);
        }

        Assert.Equal(
            [(1, "Session ID unknown"), (4, "Forbidden"), (5, "Unsupported protocol version"), (0, "Transport unknown")],
            errors.Select(error => (error.Code, error.Message)));
        Assert.All(errors, error => Assert.StartsWith("/socket.io", error.Path, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Message_pack_is_added_by_one_call()
    {
        await using var server = await PublicServer.StartAsync(
            io => io.Of("/").On<int, int>("twice", (_, number, _) => ValueTask.FromResult(2 * number)),
            build: socketIO => socketIO.AddMessagePack());
        await using var socket = await RawWebSocket.ConnectAsync(server.Port, "/socket.io/?EIO=4&transport=websocket");
        await socket.TextAsync();
        await socket.SendAsync([0x82, .. Text("type"), 0, .. Text("nsp"), .. Text("/")]);
        Assert.NotEmpty(await socket.BinaryAsync());
        await socket.SendAsync([0x84, .. Text("type"), 2, .. Text("nsp"), .. Text("/"), .. Text("id"), 5, .. Text("data"), 0x92, .. Text("twice"), 21]);
        byte[] expected = [0x84, .. Text("type"), 3, .. Text("nsp"), .. Text("/"), .. Text("data"), 0x91, 42, .. Text("id"), 5];
        Assert.Equal(expected, await socket.BinaryAsync());

        static byte[] Text(string text) => [(byte)(0xa0 | text.Length), .. System.Text.Encoding.ASCII.GetBytes(text)];
    }

    [Fact]
    public async Task Namespaces_are_made_by_pattern_and_what_comes_and_goes_is_listened_to()
    {
        var counted = new ConcurrentQueue<(string Way, string Name)>();
        await using var server = await PublicServer.StartAsync(
            io =>
            {
                var boards = io.OfPattern(new Regex("^/board-[0-9]{1,9}$"));
                boards.On<string>("draw", (received, line, _) =>
                {
                    received.Socket.Broadcast.Emit("drawn", line, AppJson.Default.String);
                    return default;
                });
                boards.OnAny(received => counted.Enqueue(("in", received.Name)));
                boards.OnAnyOutgoing((_, sent) => counted.Enqueue(("out", sent.Name)));
                io.OfMatching((name, auth) => name.StartsWith("/tenant-", StringComparison.Ordinal) && auth.TryGetProperty("tenant", out _));
                io.Of("/");
            },
            options => options.RefusalData = (refusal, _) => JsonSerializer.SerializeToElement($"{refusal}", AppJson.Default.String));
        await using var one = await server.ConnectAsync();
        await using var two = await server.ConnectAsync();
        foreach (var socket in new[] { one, two })
        {
            await socket.SendAsync("40/board-7,");
            Assert.StartsWith("40/board-7,{", await socket.TextAsync(), StringComparison.Ordinal);
        }

        await one.SendAsync("42/board-7,[\"draw\",\"line\"]");
        await two.ExpectAsync("42/board-7,[\"drawn\",\"line\"]");
        Assert.Equal([("in", "draw"), ("out", "drawn")], counted);
        await one.SendAsync("40/tenant-1,{\"tenant\":1}");
        Assert.StartsWith("40/tenant-1,{", await one.TextAsync(), StringComparison.Ordinal);
        await one.SendAsync("40/tenant-2,");
        await one.ExpectAsync("44/tenant-2,{\"message\":\"Invalid namespace\",\"data\":\"InvalidNamespace\"}");
    }

    [Fact]
    public async Task Many_are_asked_at_once_and_who_does_not_answer_is_counted()
    {
        await using var server = await PublicServer.StartAsync(
            io => io.Of("/").OnConnected((socket, _) =>
            {
                socket.Join("room");
                return default;
            }),
            options => options.Recovery = new MemoryRecoveryStore(TimeProvider.System, new MemoryRecoveryOptions { MaxDisconnection = TimeSpan.FromMinutes(5) }));
        await using var one = await server.ConnectAsync();
        await using var two = await server.ConnectAsync();
        await Bounds.Until(() => server.Io.Of("/").To("room").FetchSockets().Count == 2);
        var asking = server.Io.Of("/").To("room").EmitWithAckAsync(
            "ready?", new EventArguments().Add(3, AppJson.Default.Int32), timeout: TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
        await one.ExpectAsync("421[\"ready?\",3]");
        await one.SendAsync("431[true]");
        var answers = await asking.Bounded();
        var (yes, missing) = (answers.Responses.Count(answer => answer.Get(0, AppJson.Default.Boolean)), answers.Missing);
        Assert.Equal((1, 1), (yes, missing));
    }

    [Fact]
    public async Task Options_of_the_engine_are_part_of_the_options_and_announced()
    {
        await using var server = await PublicServer.StartAsync(io => io.Of("/"), options =>
        {
            options.Engine.PingInterval = TimeSpan.FromSeconds(5);
            options.Engine.Transports = EngineTransports.WebSocket;
        });
        await using var socket = await RawWebSocket.ConnectAsync(server.Port, "/socket.io/?EIO=4&transport=websocket");
        var open = JsonDocument.Parse((await socket.TextAsync())[1..]).RootElement;
        Assert.Equal(5000, open.GetProperty("pingInterval").GetInt32());
        await Assert.ThrowsAsync<Microsoft.Extensions.Options.OptionsValidationException>(
            () => PublicServer.StartAsync(io => io.Of("/"), options => options.Engine.PingInterval = TimeSpan.Zero));
    }
}
