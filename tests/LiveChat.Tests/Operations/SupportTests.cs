using System.Globalization;
using System.Reflection;
using System.Text.Json;
using LiveChat.Server.Operations;
using LiveChat.Server.Realtime;
using LiveChat.Tests.Support;
using SocketIO;

namespace LiveChat.Tests.Operations;

/// <summary><c>GET /api/admin/support/{conversationId}</c>: what became of a conversation, and nothing that anybody wrote in it.</summary>
public sealed class SupportTests
{
    [Fact]
    public async Task It_tells_what_happened_and_nothing_that_was_written()
    {
        // Whatever level is in force.
        await using var server = await RunningServer.StartAsync("Logging:LogLevel:Default=Error", "Logging:LogLevel:com.example.chat=Error");
        var rest = server.Rest;
        var id = (await rest.PostAsync(
            "/api/customer/sessions",
            new { fingerprint = "visitor-1", displayName = "secret name", contact = "secret contact", metadata = new { order = "secret order" } })).Must(200).Text("conversationId");
        await using var customer = await RawSocket.ConnectAsync(server, $"role=customer&conversationId={id}&token=secret-token");
        await customer.NextAsync("SESSION_READY");
        (await rest.PostAsync($"/api/agent/conversations/{id}/accept", new { agentId = "agent-1", displayName = "secret agent" })).Must(200);
        (await rest.PostAsync(
            $"/api/customer/conversations/{id}/messages", new { content = "secret content", clientMessageId = "secret-id", metadata = new { a = "secret" } })).Must(201);
        (await rest.AgentSendAsync(id, "secret answer")).Must(201);
        await using (var agent = await RawSocket.ConnectAsync(server, $"role=agent&conversationId={id}"))
            await agent.NextAsync("SESSION_READY");
        (await rest.PostAsync($"/api/agent/conversations/{id}/close", new { reason = "secret reason" })).Must(200);
        var other = await rest.StartAsync("visitor-2");

        Answer answer = null!;
        await Waiting.Until(async () =>
        {
            answer = (await rest.GetAsync($"/api/admin/support/{id}")).Must(200);
            return answer.Json.GetProperty("sockets").EnumerateArray().Count(socket => socket.GetProperty("disconnectedAt").ValueKind is JsonValueKind.String) == 1;
        });
        Assert.DoesNotContain("secret", answer.Json.GetRawText(), StringComparison.OrdinalIgnoreCase);

        var conversation = answer.Json.GetProperty("conversation");
        Assert.Equal(
            ["acceptedAt", "agent", "channel", "closedAt", "closedBy", "createdAt", "customer", "id", "lastSequence", "queuedAt", "status", "updatedAt"],
            conversation.EnumerateObject().Select(property => property.Name).Order(StringComparer.Ordinal));
        Assert.Equal("""{"id":"visitor-1"}""", conversation.GetProperty("customer").GetRawText());
        Assert.Equal(("CLOSED", "AGENT"), (conversation.GetProperty("status").GetString(), conversation.GetProperty("closedBy").GetString()));

        (string Type, string Sender)[] expected =
        [
            ("CONVERSATION_QUEUED", "CUSTOMER"), ("CONVERSATION_ASSIGNED", "AGENT"), ("MESSAGE", "CUSTOMER"), ("CONVERSATION_CONNECTED", "AGENT"),
            ("MESSAGE", "AGENT"), ("CONVERSATION_CLOSED", "AGENT"),
        ];
        var events = answer.Json.GetProperty("events").EnumerateArray().ToList();
        Assert.Equal(expected, events.Select(entry => (entry.GetProperty("type").GetString()!, entry.GetProperty("senderType").GetString()!)));
        Assert.Equal([1L, 2, 3, 4, 5, 6], events.Select(entry => entry.GetProperty("sequence").GetInt64()));
        Assert.All(events, entry => Assert.Equal(4, entry.EnumerateObject().Count()));

        var sockets = answer.Json.GetProperty("sockets").EnumerateArray().Select(socket => (
            socket.GetProperty("role").GetString(), socket.GetProperty("transport").GetString(), socket.GetProperty("revision").GetInt32(), socket.GetProperty("reason").GetString())).ToList();
        Assert.Equal(("CUSTOMER", "websocket", 4, null), sockets[0]);
        Assert.Equal(("AGENT", "websocket", 4), (sockets[1].Item1, sockets[1].Item2, sockets[1].Item3));
        Assert.StartsWith("transport ", sockets[1].Item4, StringComparison.Ordinal);

        var logs = answer.Json.GetProperty("logs").EnumerateArray().Select(line => line.GetString()!).ToList();
        Assert.Equal(6, logs.Count);
        Assert.Matches($@"^\d{{4}}-\d\d-\d\dT[0-9:.]{{12}}Z DEBUG com\.example\.chat CONVERSATION_QUEUED of conversation {id} at 1: Queued by Customer, trace", logs[0]);
        Assert.Matches($@"DEBUG com\.example\.chat Message 3 of conversation {id} by Customer, trace", logs[2]);

        var store = answer.Json.GetProperty("store");
        Assert.Equal(("Sqlite", 2L, 2L), (store.GetProperty("provider").GetString(), store.GetProperty("conversations").GetInt64(), store.GetProperty("messages").GetInt64()));
        Assert.InRange(store.GetProperty("sizeBytes").GetInt64(), 4096, 10_000_000);
        Assert.Equal(JsonValueKind.Null, answer.Json.GetProperty("redis").ValueKind);
        var of = answer.Json.GetProperty("server");
        Assert.Matches(@"^\d+\.\d+\.\d+$", of.GetProperty("version").GetString());
        Assert.InRange(of.GetProperty("nowUtc").GetDateTimeOffset() - of.GetProperty("startedAt").GetDateTimeOffset(), TimeSpan.Zero, TimeSpan.FromMinutes(10));
        Assert.Equal(["conversation", "events", "logs", "redis", "server", "sockets", "store"], answer.Json.EnumerateObject().Select(part => part.Name).Order(StringComparer.Ordinal));

        Assert.Empty((await rest.GetAsync($"/api/admin/support/{other}")).Must(200).Json.GetProperty("sockets").EnumerateArray());
    }

    [Fact]
    public async Task A_conversation_that_there_is_not_is_404_and_what_is_no_id_400()
    {
        await using var server = await RunningServer.StartAsync();

        (await server.Rest.GetAsync($"/api/admin/support/{Guid.NewGuid()}")).MustFail(404, "not_found");
        (await server.Rest.GetAsync("/api/admin/support/7")).MustFail(400, "validation", "conversationId");
        var id = await server.Rest.StartAsync("visitor");
        (await server.Rest.SendAsync(HttpMethod.Head, $"/api/admin/support/{id}", null)).Must(200);
    }

    [Fact]
    public async Task A_long_log_is_told_whole_with_its_last_lines_and_messages_are_counted_on()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("visitor");
        await Task.WhenAll(Enumerable.Range(0, 250).Select(i => server.Rest.CustomerSendAsync(id, $"message {i}"))).Soon();
        var first = (await server.Rest.GetAsync($"/api/admin/support/{id}")).Must(200).Json;
        (await server.Rest.CustomerSendAsync(id, "one more")).Must(201);
        var second = (await server.Rest.GetAsync($"/api/admin/support/{id}")).Must(200).Json;

        Assert.Equal(Enumerable.Range(1, 251).Select(i => (long)i), first.GetProperty("events").EnumerateArray().Select(entry => entry.GetProperty("sequence").GetInt64()));
        Assert.Equal((250L, 251L), (Messages(first), Messages(second)));
        var logs = second.GetProperty("logs").EnumerateArray().Select(line => line.GetString()!).ToList();
        Assert.Equal(200, logs.Count);
        Assert.Contains($"Message 252 of conversation {id}", logs[^1], StringComparison.Ordinal);

        static long Messages(JsonElement answer) => answer.GetProperty("store").GetProperty("messages").GetInt64();
    }

    [Fact]
    public void Lines_are_bounded_for_each_conversation_and_over_all_the_silent_ones_go_first()
    {
        var lines = new ConversationLines(mostOfAll: 1000);
        var (talking, silent) = (Guid.NewGuid(), Guid.NewGuid());
        Add(silent, 1);
        for (var sequence = 1; sequence <= 1000; sequence++)
            Add(talking, sequence);
        Assert.Equal(Enumerable.Range(801, 200), Sequences(talking));
        Assert.Equal([1], Sequences(silent));

        // Each of them has room for four: 200 conversations, and room for one that talks, are all that there is.
        for (var i = 0; i < 220; i++)
        {
            Add(Guid.NewGuid(), 1);
            Add(talking, 1001 + i);
        }

        Assert.Empty(lines.Read(silent));
        Assert.Equal(200, lines.Read(talking).Count);

        void Add(Guid id, long sequence) => lines.Added(new Message
        {
            ConversationId = id,
            Sequence = sequence,
            Timestamp = Sample.Noon,
            Id = id,
            Sender = new Participant("visitor", ParticipantType.Customer, null),
            Content = "secret",
        });

        IEnumerable<int> Sequences(Guid id) => lines.Read(id).Select(line => int.Parse(line.Split(' ')[4], CultureInfo.InvariantCulture));
    }

    [Fact]
    public void Sockets_that_have_ended_are_remembered_in_a_bounded_number()
    {
        var lives = new SocketLives(TimeProvider.System);
        var connected = DispatchProxy.Create<ISocket, SocketStub>();
        lives.Began(connected, Guid.Empty, ParticipantType.Customer);
        for (var i = 0; i <= SocketLives.MostEnded; i++)
        {
            var socket = DispatchProxy.Create<ISocket, SocketStub>();
            lives.Began(socket, i == 0 ? Guid.Empty : Guid.AllBitsSet, ParticipantType.Agent);
            lives.Ended(socket, DisconnectReason.PingTimeout);
        }

        Assert.Null(Assert.Single(lives.Read(Guid.Empty)).DisconnectedAt);
        Assert.Equal(SocketLives.MostEnded, lives.Read(Guid.AllBitsSet).Count);
        Assert.All(lives.Read(Guid.AllBitsSet), life => Assert.Equal("ping timeout", life.Reason));
    }

    /// <summary>A socket that is connected, and no more.</summary>
    public class SocketStub : DispatchProxy
    {
        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod!.Name switch
        {
            "get_Connected" => true,
            "get_TransportName" => "polling",
            "get_Protocol" => 5,
            var name => throw new NotSupportedException(name),
        };
    }
}
