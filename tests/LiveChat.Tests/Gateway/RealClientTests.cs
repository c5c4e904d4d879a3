using System.Text.Json;
using LiveChat.Tests.Support;
using SocketIOClient;
using SocketIOClient.Transport;

namespace LiveChat.Tests.Gateway;

/// <summary>The main job with the clients that teams use, each over each transport.</summary>
public class RealClientTests
{
    [Theory]
    [InlineData("2", "websocket")]
    [InlineData("2", "polling")]
    [InlineData("2", "upgrade")]
    [InlineData("3", "websocket")]
    [InlineData("3", "polling")]
    [InlineData("3", "upgrade")]
    [InlineData("4", "websocket")]
    [InlineData("4", "polling")]
    [InlineData("4", "upgrade")]
    public async Task The_official_JavaScript_client_does_the_main_job(string major, string transport)
    {
        await using var server = await RunningServer.StartAsync();

        await ClientProgram.RunAsync(
            "node",
            Path.Combine(ClientProgram.Folder, "node", "main-job.mjs"),
            major,
            transport,
            Text(server.RestAddress),
            Text(server.GatewayAddress));
    }

    [Theory]
    [InlineData("websocket")]
    [InlineData("polling")]
    [InlineData("upgrade")]
    public async Task Pythons_client_does_the_main_job(string transport)
    {
        await using var server = await RunningServer.StartAsync();

        // Debian's own Python, which is the one that Debian's packages are for.
        await ClientProgram.RunAsync(
            "/usr/bin/python3",
            Path.Combine(ClientProgram.Folder, "python", "main_job.py"),
            transport,
            Text(server.RestAddress),
            Text(server.GatewayAddress));
    }

    [Theory]
    [InlineData("websocket")]
    [InlineData("polling")]
    [InlineData("upgrade")]
    public async Task The_dotnet_client_does_the_main_job(string transport)
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");
        (await server.Rest.AcceptAsync(id)).Must(200);
        using var customer = Client(server, transport, ("role", "customer"), ("conversationId", id), ("after", "0"));
        using var agent = Client(server, transport, ("role", "agent"), ("conversationId", id), ("after", "0"));
        var (customers, agents) = (Listen(customer), Listen(agent));

        await ConnectAsync(customer);
        await ConnectAsync(agent);
        var sent = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        await customer.EmitAsync("chat:send", answer => sent.TrySetResult(answer.GetValue<JsonElement>()), new { content = "Grüße 😀" }).Soon();
        Assert.Equal(4, (await sent.Task.Soon()).GetProperty("message").GetProperty("sequence").GetInt64());
        (await server.Rest.AgentSendAsync(id, "How can I help?")).Must(201);
        var closed = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        await agent.EmitAsync("conversation:close", answer => closed.TrySetResult(answer.GetValue<JsonElement>()), new { reason = "resolved" }).Soon();
        Assert.Equal("CLOSED", (await closed.Task.Soon()).GetProperty("conversation").GetProperty("status").GetString());

        await Waiting.Until(() => customers.Sequences.Count == 6 && agents.Sequences.Count == 6);
        Assert.Equal([1, 2, 3, 4, 5, 6], customers.Sequences);
        Assert.Equal([1, 2, 3, 4, 5, 6], agents.Sequences);
        await customer.DisconnectAsync().Soon();
        await agent.DisconnectAsync().Soon();
    }

    private static SocketIOClient.SocketIO Client(RunningServer server, string transport, params (string, string)[] query) =>
        new(server.GatewayAddress, new SocketIOOptions
        {
            EIO = 4,
            Transport = transport == "websocket" ? TransportProtocol.WebSocket : TransportProtocol.Polling,
            AutoUpgrade = transport == "upgrade",
            Reconnection = false,
            Query = [.. query.Select(p => KeyValuePair.Create(p.Item1, p.Item2))],
        });

    /// <summary>
    /// The client's own <c>ConnectAsync</c> ends when the Engine.IO session is open, while its CONNECT packet is still on the way.
    /// An event sent at once would over polling be a second request body beside that one, which no Engine.IO server accepts.
    /// </summary>
    private static async Task ConnectAsync(SocketIOClient.SocketIO client)
    {
        var connected = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        client.OnConnected += (_, _) => connected.TrySetResult();
        await client.ConnectAsync().Soon();
        await connected.Task.Soon();
    }

    private static Received Listen(SocketIOClient.SocketIO client)
    {
        var received = new Received();
        client.On("chat:message", e => received.Add(e.GetValue<JsonElement>().GetProperty("message").GetProperty("sequence").GetInt64()));
        client.On("system:event", e =>
        {
            var payload = e.GetValue<JsonElement>();
            if (payload.GetProperty("type").GetString() != "SESSION_READY" && payload.GetProperty("sequence").ValueKind is JsonValueKind.Number)
                received.Add(payload.GetProperty("sequence").GetInt64());
        });
        return received;
    }

    private static string Text(Uri address) => address.GetLeftPart(UriPartial.Authority);

    private sealed class Received
    {
        private readonly Lock _gate = new();
        private readonly List<long> _sequences = [];

        public IReadOnlyList<long> Sequences
        {
            get
            {
                lock (_gate)
                    return [.. _sequences];
            }
        }

        public void Add(long sequence)
        {
            lock (_gate)
                _sequences.Add(sequence);
        }
    }
}
