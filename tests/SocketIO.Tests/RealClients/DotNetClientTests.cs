using System.Text.Json;
using System.Threading.Channels;
using SocketIO.Tests.Kit;
using SocketIOClient;
using SocketIOClient.Transport;
using Client = SocketIOClient.SocketIO;

namespace SocketIO.Tests.RealClients;

/// <summary>
/// The .NET client against the bare library, in both revisions. It has one connection for each namespace, and its upgrade is
/// no probe: it asks over polling what the server offers, and opens a WebSocket instead.
/// </summary>
public class DotNetClientTests
{
    // It cannot do with none: over WebSocket it cuts a message into chunks, of which nothing has none, so that it sends nothing.
    private static readonly int[] Sizes = [1, 126, 10_000, 65_536];

    [Theory]
    [InlineData(3, "websocket")]
    [InlineData(3, "polling")]
    [InlineData(3, "upgrade")]
    [InlineData(4, "websocket")]
    [InlineData(4, "polling")]
    [InlineData(4, "upgrade")]
    public async Task The_dotnet_client_is_served(int revision, string transport)
    {
        await using var server = await ClientServer.StartAsync();
        foreach (var ns in new[] { "/", "/custom" })
        {
            using var client = Create(server.Address + ns, revision, transport);
            var inbox = new Inbox(client);
            await ConnectAsync(client);

            var welcome = await inbox.NextAsync("welcome");
            Assert.Equal(("Jörg 😀", "visitor"), (welcome.GetValue<string>(0), welcome.GetValue<string>(1)));
            // Protocol 4 has no auth object.
            Assert.Equal(revision == 4, welcome.GetValue<JsonElement>(2).TryGetProperty("token", out var token) && token.GetString() == "ключ");
            // A client of protocol 4 is in the main namespace too, and one that upgraded leaves its first session to the heartbeat.
            var socket = server.Find(ns, (await AskAsync(client, "id")).GetValue<string>());
            await JobAsync(client, inbox, socket);
            Assert.Equal(transport == "polling" ? "polling" : "websocket", (await AskAsync(client, "transport")).GetValue<string>());

            await client.DisconnectAsync().Bounded();
            await server.LeftAsync(socket);
        }
    }

    private static async Task JobAsync(Client client, Inbox inbox, ISocket server)
    {
        await client.EmitAsync("echo", "Grüße 😀 \u2028 €", new { nested = new[] { 1, -2.5 } }).Bounded();
        var text = await inbox.NextAsync("echo");
        Assert.Equal(("Grüße 😀 \u2028 €", "[1,-2.5]"), (text.GetValue<string>(0), text.GetValue<JsonElement>(1).GetProperty("nested").GetRawText()));

        foreach (var size in Sizes)
        {
            byte[] bytes = [.. Enumerable.Range(0, size).Select(i => (byte)(i * 7))];
            await client.EmitAsync("echo", "before", bytes, "äfter").Bounded();
            var echo = await inbox.NextAsync("echo");
            Assert.Equal(("before", "äfter"), (echo.GetValue<string>(0), echo.GetValue<string>(2)));
            Assert.Equal(bytes, echo.GetValue<byte[]>(1));

            var acknowledged = await AskAsync(client, "ack", bytes, "x");
            Assert.Equal(bytes, acknowledged.GetValue<byte[]>(0));
            Assert.Equal("x", acknowledged.GetValue<string>(1));

            // Asked from here, when the client has nothing under way: over polling it would send its answer beside another body.
            var answer = await server.EmitWithAckAsync(
                "question", new EventArguments().AddBinary(bytes).Add("\"y\""u8), cancellationToken: TestContext.Current.CancellationToken).Bounded();
            Assert.Equal(bytes, answer.Attachments.Single().ToArray());
            Assert.Equal("y", answer.Arguments[1].GetString());
            // The server has the answer before the client's request that brought it has ended.
            await inbox.AnsweredAsync();
        }
    }

    private static Client Create(string address, int revision, string transport)
    {
        var client = new Client(address, new SocketIOClient.SocketIOOptions
        {
            EIO = revision,
            Transport = transport == "websocket" ? TransportProtocol.WebSocket : TransportProtocol.Polling,
            AutoUpgrade = transport == "upgrade",
            Reconnection = false,
            Query = [KeyValuePair.Create("name", "Jörg 😀"), KeyValuePair.Create("role", "visitor")],
            Auth = new { token = "ключ" },
        });
        return client;
    }

    /// <summary>Its <c>ConnectAsync</c> ends before its CONNECT is on the way; over polling an event sent at once would be a second body beside that one.</summary>
    private static async Task ConnectAsync(Client client)
    {
        var connected = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        client.OnConnected += (_, _) => connected.TrySetResult();
        await client.ConnectAsync().Bounded();
        await connected.Task.Bounded();
    }

    private static async Task<SocketIOResponse> AskAsync(Client client, string name, params object[] values)
    {
        var answered = new TaskCompletionSource<SocketIOResponse>(TaskCreationOptions.RunContinuationsAsynchronously);
        await client.EmitAsync(name, answered.SetResult, values).Bounded();
        return await answered.Task.Bounded();
    }

    /// <summary>Keeps what comes until it is asked for.</summary>
    private sealed class Inbox
    {
        private readonly Dictionary<string, Channel<SocketIOResponse>> _events = [];
        private readonly Channel<Task> _answers = Channel.CreateUnbounded<Task>();

        public Inbox(Client client)
        {
            foreach (var name in new[] { "welcome", "echo" })
            {
                var channel = _events[name] = Channel.CreateUnbounded<SocketIOResponse>();
                client.On(name, response => channel.Writer.TryWrite(response));
            }

            client.On("question", question => _answers.Writer.TryWrite(question.CallbackAsync(question.GetValue<byte[]>(0), question.GetValue<string>(1))));
        }

        /// <summary>Completes when the client has sent its next answer.</summary>
        public async Task AnsweredAsync() => await (await _answers.Reader.ReadAsync(TestContext.Current.CancellationToken).Bounded()).Bounded();

        public Task<SocketIOResponse> NextAsync(string name) => _events[name].Reader.ReadAsync(TestContext.Current.CancellationToken).Bounded();
    }
}
