using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using LiveChat.Tests.Support;

namespace LiveChat.Tests.Operations;

/// <summary>SIGTERM, on the real process.</summary>
public sealed class DrainTests : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(12);

    private readonly string _folder = Directory.CreateTempSubdirectory("livechat-drain-").FullName;

    [Fact]
    public async Task Under_load_every_acknowledged_message_is_stored_every_socket_is_closed_and_the_exit_is_clean()
    {
        var acknowledged = new ConcurrentDictionary<string, string>();
        string[] conversations;
        using (var server = await StartAsync("Chat:Shutdown:Spread=00:00:01"))
        {
            conversations = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => server.Rest.StartAsync($"f{i}"))).Soon();
            var sockets = new List<RawSocket>();
            foreach (var id in conversations.Concat(conversations))
                sockets.Add((await RawSocket.TryConnectAsync(server.GatewayAddress, $"role=customer&conversationId={id}")).Socket);
            using var parked = await PollingSocket.ConnectAsync(server.GatewayAddress, "role=agent&scope=queue");
            var senders = conversations.Select(id => SendUntilRefusedAsync(server, id, acknowledged)).ToArray();
            var packets = PollToTheEndAsync(parked);
            await Waiting.Until(() => acknowledged.Count >= 100);

            var stopping = Stopwatch.StartNew();
            await server.TerminateAsync();
            Assert.Equal(0, await server.ExitCodeAsync());

            Assert.InRange(stopping.Elapsed, TimeSpan.Zero, Timeout);
            await Task.WhenAll(senders).Soon();
            Assert.EndsWith("1", await packets.Soon(), StringComparison.Ordinal);
            foreach (var socket in sockets)
            {
                await socket.Ended.Soon();
                Assert.Equal(WebSocketCloseStatus.EndpointUnavailable, socket.CloseStatus);
                await socket.DisposeAsync();
            }

            Assert.DoesNotContain("fail:", server.Output, StringComparison.Ordinal);
        }

        using var restarted = await StartAsync();
        var stored = new Dictionary<string, string>();
        foreach (var id in conversations)
        {
            var events = await restarted.Rest.EventsAsync(id);
            Assert.Equal(Enumerable.Range(1, events.Count), events.Select(e => e.GetProperty("sequence").GetInt32()));
            foreach (var message in events.Select(e => e.GetProperty("payload")).Where(p => p.TryGetProperty("message", out _)))
                stored.Add(message.GetProperty("message").GetProperty("clientMessageId").GetString()!, message.GetProperty("message").GetProperty("id").GetString()!);
        }

        Assert.All(acknowledged, sent => Assert.Equal(sent.Value, stored[sent.Key]));
    }

    [Fact]
    public async Task While_it_drains_it_is_alive_but_not_ready_and_takes_nothing_new()
    {
        using var server = await StartAsync();
        var id = await server.Rest.StartAsync("f");

        // It does not fetch its close for now, so the server waits for it.
        using var between = await PollingSocket.ConnectAsync(server.GatewayAddress, "role=agent&scope=queue");
        await server.TerminateAsync();
        await Waiting.Until(async () => (await server.Rest.GetAsync("/actuator/health/readiness")).Status == 503);

        var readiness = (await server.Rest.GetAsync("/actuator/health/readiness")).Must(503);
        Assert.Equal("DOWN", readiness.Text("status"));
        Assert.Equal("DOWN", readiness.Json.GetProperty("components").GetProperty("accepting").GetProperty("status").GetString());
        Assert.Equal("UP", readiness.Json.GetProperty("components").GetProperty("store").GetProperty("status").GetString());
        (await server.Rest.GetAsync("/actuator/health/liveness")).Must(200);
        var refused = (await server.Rest.CustomerSendAsync(id, "late")).MustFail(503, "unavailable");
        Assert.Equal("1", refused.Headers["Retry-After"]);
        Assert.Equal("close", refused.Headers["Connection"]);
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var handshake = await http.GetAsync(
            new Uri(server.GatewayAddress, "/socket.io/?EIO=4&transport=polling&role=agent&scope=queue"),
            TestContext.Current.CancellationToken).Soon();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, handshake.StatusCode);

        Assert.EndsWith("1", await PollToTheEndAsync(between).Soon(), StringComparison.Ordinal);
        Assert.Equal(0, await server.ExitCodeAsync());
    }

    [Fact]
    public async Task A_call_in_flight_is_finished()
    {
        using var server = await StartAsync();
        var id = await server.Rest.StartAsync("f");
        using var socket = await BeginSendAsync(server, id);
        using var between = await PollingSocket.ConnectAsync(server.GatewayAddress, "role=agent&scope=queue");

        await server.TerminateAsync();
        await Waiting.Until(async () => (await server.Rest.GetAsync("/actuator/health/readiness")).Status == 503);
        await socket.SendAsync("\"the end\"}"u8.ToArray(), TestContext.Current.CancellationToken).AsTask().Soon();

        var answer = new byte[4096];
        var length = await socket.ReceiveAsync(answer, TestContext.Current.CancellationToken).AsTask().Soon();
        Assert.StartsWith("HTTP/1.1 201", Encoding.UTF8.GetString(answer, 0, length), StringComparison.Ordinal);
        Assert.Equal(0, await server.ExitCodeAsync());
    }

    [Fact]
    public async Task A_call_that_never_ends_does_not_keep_the_server_past_its_timeout()
    {
        using var server = await StartAsync("Chat:Shutdown:Timeout=00:00:02", "Chat:Shutdown:Spread=0");
        using var socket = await BeginSendAsync(server, await server.Rest.StartAsync("f"));

        var stopping = Stopwatch.StartNew();
        await server.TerminateAsync();

        Assert.Equal(0, await server.ExitCodeAsync());

        // It did wait for the call; the upper bound leaves room for a slow machine's end of the process.
        Assert.InRange(stopping.Elapsed, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(8));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Task<ServerProcess> StartAsync(params string[] settings) =>
        ServerProcess.StartAsync(_folder, [$"Chat:Shutdown:Timeout={Timeout}", "Chat:Shutdown:Spread=0", .. settings]);

    /// <summary>Sends a request of which the end of the body is missing.</summary>
    private static async Task<Socket> BeginSendAsync(ServerProcess server, string id)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server.RestAddress.Host, server.RestAddress.Port, TestContext.Current.CancellationToken).AsTask().Soon();
        var head = $"POST /api/customer/conversations/{id}/messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 21\r\nExpect: 100-continue\r\n\r\n";
        await socket.SendAsync(Encoding.ASCII.GetBytes(head), TestContext.Current.CancellationToken).AsTask().Soon();

        // The server asks for the body when the endpoint reads it: from here on the call is in flight.
        var answer = new byte[256];
        var length = await socket.ReceiveAsync(answer, TestContext.Current.CancellationToken).AsTask().Soon();
        Assert.StartsWith("HTTP/1.1 100", Encoding.ASCII.GetString(answer, 0, length), StringComparison.Ordinal);
        await socket.SendAsync("{\"content\":"u8.ToArray(), TestContext.Current.CancellationToken).AsTask().Soon();
        return socket;
    }

    private static async Task<string> PollToTheEndAsync(PollingSocket socket)
    {
        while (true)
        {
            var packets = await socket.PollAsync();
            if (packets.Split('\u001e').Contains("2"))
                await socket.PostAsync("3");
            if (packets.Split('\u001e')[^1] == "1")
                return packets;
        }
    }

    private static async Task SendUntilRefusedAsync(ServerProcess server, string id, ConcurrentDictionary<string, string> acknowledged)
    {
        for (var i = 0; ; i++)
        {
            var key = $"{id}-{i}";
            try
            {
                var answer = await server.Rest.CustomerSendAsync(id, key, key);
                if (answer.Status == 503)
                    return;
                acknowledged[key] = answer.Must(201).Text("id");
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException)
            {
                return;
            }
        }
    }
}
