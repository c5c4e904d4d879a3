using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using SocketIO.Recovery;
using SocketIO.Tests.Kit;

namespace SocketIO.Tests.Sockets;

public class RecoveryTests
{
    private static byte[] Json(string json) => Encoding.UTF8.GetBytes(json);

    private static async Task<(RawWebSocket Socket, string Id, string Pid)> ConnectAsync(TestServer server, string auth = "")
    {
        var socket = await server.OpenAsync();
        await socket.SendAsync("40" + auth);
        var connect = JsonDocument.Parse((await socket.TextAsync())[2..]).RootElement;
        return (socket, connect.GetProperty("sid").GetString()!, connect.GetProperty("pid").GetString()!);
    }

    private static Task<TestServer> StartAsync(MemoryRecoveryOptions? settings = null, TimeProvider? clock = null) => TestServer.StartAsync(
        options => options.Recovery = new MemoryRecoveryStore(clock ?? TimeProvider.System, settings),
        io => io.Of("/").OnConnected((socket, _) =>
        {
            if (!socket.Recovered)
            {
                socket.Join("room");
                socket.Items["name"] = "visitor";
            }

            socket.Emit("state", Json($"[{(socket.Recovered ? "true" : "false")},\"{socket.Items["name"]}\",{socket.Handshake.Auth.GetRawText()}]"));
            return default;
        }));

    private static string OffsetOf(string text) => JsonDocument.Parse(text[2..]).RootElement.EnumerateArray().Last().GetString()!;

    [Fact]
    public async Task A_client_comes_back_as_the_same_socket_and_is_given_what_it_missed()
    {
        await using var server = await StartAsync();
        var (socket, id, pid) = await ConnectAsync(server);
        await using var first = socket;
        var offset = OffsetOf(await socket.TextAsync());
        socket.Abort();
        await Bounds.Until(() => server.Io.Of("/").SocketCount == 0);
        var io = server.Io.Of("/");
        io.To("room").Emit("missed", Json("1"));
        io.To("elsewhere").Emit("not for it");
        io.Except("room").Emit("not for it");
        io.Volatile.Emit("not for it");
        io.Emit("missed", new EventArguments().Add("2"u8).AddBinary(new byte[] { 7 }));

        var (again, sameId, samePid) = await ConnectAsync(server, $"{{\"pid\":\"{pid}\",\"offset\":\"{offset}\",\"token\":\"t\"}}");
        await using var second = again;
        Assert.Equal((id, pid), (sameId, samePid));
        Assert.StartsWith("42[\"missed\",1,\"", await again.TextAsync(), StringComparison.Ordinal);
        Assert.StartsWith("451-[\"missed\",2,{\"_placeholder\":true,\"num\":0},\"", await again.TextAsync(), StringComparison.Ordinal);
        Assert.Equal(new byte[] { 7 }, await again.BinaryAsync());
        Assert.StartsWith("42[\"state\",[true,\"visitor\",{\"token\":\"t\"}],\"", await again.TextAsync(), StringComparison.Ordinal);
        Assert.Equal(1, io.To("room").Emit("live"));
    }

    [Fact]
    public async Task A_client_that_had_seen_nothing_comes_back_too()
    {
        await using var server = await StartAsync();
        var (socket, id, pid) = await ConnectAsync(server);
        await using var first = socket;
        socket.Abort();
        await Bounds.Until(() => server.Io.Of("/").SocketCount == 0);
        var (again, sameId, _) = await ConnectAsync(server, $"{{\"pid\":\"{pid}\"}}");
        await using var second = again;
        Assert.Equal(id, sameId);
        Assert.StartsWith("42[\"state\",[false", await again.TextAsync(), StringComparison.Ordinal);
        Assert.StartsWith("42[\"state\",[true", await again.TextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pid_works_once_and_not_for_who_left_on_purpose()
    {
        await using var server = await StartAsync();
        var (socket, id, pid) = await ConnectAsync(server);
        await using var first = socket;
        var offset = OffsetOf(await socket.TextAsync());
        await socket.SendAsync("41");
        await Bounds.Until(() => server.Io.Of("/").SocketCount == 0);
        var (again, newId, newPid) = await ConnectAsync(server, $"{{\"pid\":\"{pid}\",\"offset\":\"{offset}\"}}");
        await using var second = again;
        Assert.NotEqual(id, newId);
        Assert.NotEqual(pid, newPid);
        foreach (var auth in new[] { "{\"pid\":\"made up\"}", "{\"pid\":5}", $"{{\"pid\":\"{newPid}\",\"offset\":\"x\"}}" })
        {
            var (other, otherId, _) = await ConnectAsync(server, auth);
            await using var third = other;
            Assert.NotEqual(newId, otherId);
        }
    }

    [Fact]
    public async Task The_old_connection_is_ended_when_its_client_is_back_before_that_was_noticed()
    {
        await using var server = await StartAsync();
        var (socket, id, pid) = await ConnectAsync(server);
        await using var first = socket;
        var offset = OffsetOf(await socket.TextAsync());
        var (again, sameId, _) = await ConnectAsync(server, $"{{\"pid\":\"{pid}\",\"offset\":\"{offset}\"}}");
        await using var second = again;
        Assert.Equal(id, sameId);
        await socket.ExpectAsync("41");
        Assert.Equal(1000, await socket.ClosedAsync());
        Assert.StartsWith("42[\"state\",[true", await again.TextAsync(), StringComparison.Ordinal);
        Assert.NotNull(server.Io.Of("/").FindSocket(id));
    }

    [Theory]
    [InlineData("number")]
    [InlineData("bytes")]
    [InlineData("time")]
    public async Task What_is_kept_is_bounded(string by)
    {
        var clock = new FakeTimeProvider();
        await using var server = await StartAsync(
            new MemoryRecoveryOptions { MaxEvents = by == "number" ? 3 : 1000, MaxBytes = by == "bytes" ? 800 : 1_000_000 }, clock);
        var (socket, id, pid) = await ConnectAsync(server);
        await using var first = socket;
        var offset = OffsetOf(await socket.TextAsync());
        socket.Abort();
        await Bounds.Until(() => server.Io.Of("/").SocketCount == 0);
        if (by == "time")
            clock.Advance(TimeSpan.FromMinutes(3));
        for (var i = 0; i < 5; i++)
            server.Io.Of("/").Emit("missed");
        var (again, newId, _) = await ConnectAsync(server, $"{{\"pid\":\"{pid}\",\"offset\":\"{offset}\"}}");
        await using var second = again;
        Assert.NotEqual(id, newId);
    }

    [Fact]
    public async Task Sockets_that_are_remembered_are_limited_in_number()
    {
        await using var server = await StartAsync(new MemoryRecoveryOptions { MaxSockets = 1 });
        var clients = new List<(string Id, string Pid, string Offset)>();
        for (var i = 0; i < 2; i++)
        {
            var (socket, id, pid) = await ConnectAsync(server);
            await using var client = socket;
            clients.Add((id, pid, OffsetOf(await socket.TextAsync())));
            socket.Abort();
            await Bounds.Until(() => server.Io.Of("/").SocketCount == 0);
        }

        var (again, sameId, _) = await ConnectAsync(server, Return(clients[1]));
        await using var second = again;
        Assert.Equal(clients[1].Id, sameId);
        var (anew, newId, _) = await ConnectAsync(server, Return(clients[0]));
        await using var first = anew;
        Assert.NotEqual(clients[0].Id, newId);

        static string Return((string Id, string Pid, string Offset) client) => $"{{\"pid\":\"{client.Pid}\",\"offset\":\"{client.Offset}\"}}";
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_is_gone_before_it_is_let_in_leaves_nothing_in_the_store(bool returning)
    {
        var store = new SlowStore();
        await using var server = await TestServer.StartAsync(options => options.Recovery = store, io => io.Of("/"));
        if (!returning)
            store.Held = true;
        await using var first = await server.OpenAsync();
        await first.SendAsync("40");
        if (returning)
        {
            var pid = JsonDocument.Parse((await first.TextAsync())[2..]).RootElement.GetProperty("pid").GetString();
            first.Abort();
            await Bounds.Until(() => server.Engine.SessionCount == 0 && store.Inner.LiveCount == 0);
            store.Held = true;
            await using var second = await server.OpenAsync();
            await second.SendAsync($"40{{\"pid\":\"{pid}\"}}");
            await store.Entered.Task.Bounded();
            second.Abort();
        }
        else
        {
            await store.Entered.Task.Bounded();
            first.Abort();
        }

        await Bounds.Until(() => server.Engine.SessionCount == 0 && server.Io.Of("/").SocketCount == 0);
        store.Go.SetResult();
        await store.Done.Task.Bounded();
        await Bounds.Until(() => store.Inner.LiveCount == 0);
    }

    [Fact]
    public async Task A_store_of_the_application_mints_pids_numbers_events_and_replays_itself()
    {
        var store = new OwnStore();
        await using var server = await TestServer.StartAsync(options => options.Recovery = store, io => io.Of("/"));
        var (socket, _, pid) = await ConnectAsync(server);
        await using var first = socket;
        Assert.Equal("sealed:0", pid);
        server.Io.Of("/").WithOffset("7").Emit("entry", Json("7"));
        await socket.ExpectAsync("42[\"entry\",7,\"7\"]");
        server.Io.Of("/").Emit("unlogged");
        await socket.ExpectAsync("42[\"unlogged\"]");

        var (again, id, samePid) = await ConnectAsync(server, "{\"pid\":\"sealed:0\",\"offset\":\"7\"}");
        await using var second = again;
        Assert.Equal("sealed:0", samePid);
        // Held back while the replay runs, and dropped if the replay has brought it already.
        var emits = new[] { "8", "9" }.Select(offset => server.Io.Of("/").To(id).WithOffset(offset).Emit("entry", Json(offset))).Sum();
        Assert.Equal(2, emits);
        store.Go.SetResult();
        await again.ExpectAsync("42[\"entry\",8,\"8\"]");
        await again.ExpectAsync("42[\"entry\",9,\"9\"]");
        Assert.Equal(1, server.Io.Of("/").To("restored").Emit("end"));
        await again.ExpectAsync("42[\"end\"]");
    }

    /// <summary>Waits, where it is told to, after it has been asked: for a pid, or for the replay.</summary>
    private sealed class SlowStore : IRecoveryStore
    {
        public MemoryRecoveryStore Inner { get; } = new(TimeProvider.System);

        public bool Held { get; set; }

        public TaskCompletionSource Entered { get; } = new();

        public TaskCompletionSource Go { get; } = new();

        public TaskCompletionSource Done { get; } = new();

        public async ValueTask<string?> IssueAsync(ISocket socket, CancellationToken cancellationToken)
        {
            var pid = await Inner.IssueAsync(socket, cancellationToken);
            await WaitAsync();
            return pid;
        }

        public async ValueTask<RecoveredSocket?> RestoreAsync(RecoveryRequest request, CancellationToken cancellationToken)
        {
            var recovered = await Inner.RestoreAsync(request, cancellationToken);
            return recovered is null ? null : new RecoveredSocket
            {
                Id = recovered.Id,
                Pid = recovered.Pid,
                Replay = async (socket, token) =>
                {
                    await WaitAsync();
                    await recovered.Replay!(socket, token);
                    Done.TrySetResult();
                },
            };
        }

        public void Ended(ISocket socket, string pid, DisconnectReason reason) => Inner.Ended(socket, pid, reason);

        public string? Append(RecoveryEvent emitted) => Inner.Append(emitted);

        private async Task WaitAsync()
        {
            if (!Held)
                return;
            Entered.SetResult();
            await Go.Task;
            Done.TrySetResult();
        }
    }

    private sealed class OwnStore : IRecoveryStore
    {
        public TaskCompletionSource Go { get; } = new();

        public ValueTask<string?> IssueAsync(ISocket socket, CancellationToken cancellationToken) => ValueTask.FromResult<string?>("sealed:0");

        public ValueTask<RecoveredSocket?> RestoreAsync(RecoveryRequest request, CancellationToken cancellationToken) => ValueTask.FromResult<RecoveredSocket?>(new()
        {
            Pid = request.Pid,
            Rooms = ["restored"],
            Replay = async (socket, token) =>
            {
                await Go.Task.WaitAsync(token);
                socket.Emit("entry", new EventArguments().Add("8"u8), "8");
            },
        });

        public void Ended(ISocket socket, string pid, DisconnectReason reason)
        {
        }

        public string? Append(RecoveryEvent emitted) => null;
    }
}
