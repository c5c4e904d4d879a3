using System.Text.Json;
using System.Text.Json.Nodes;
using LiveChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace LiveChat.Tests.Documents;

/// <summary>What the gateway really sends, in a run that brings out every event, every type of one and every acknowledgement, is in the document.</summary>
public class SocketRunTests
{
    [Fact]
    public async Task Every_event_that_is_sent_is_as_the_document_says_and_every_one_of_the_document_was_sent()
    {
        await using var server = await RunningServer.StartAsync("Chat:Presence:DisconnectGrace=00:00:00.050");
        var described = await Described.SocketAsync(server.Rest);
        var rest = server.Rest;
        var before = await rest.StartAsync("before");
        await using var queue = await RawSocket.ConnectAsync(server, "role=agent&scope=queue&fingerprint=watcher");
        await using var customer = await RawSocket.ConnectAsync(server, "role=customer&fingerprint=f");
        var id = await rest.StartAsync("f");
        await customer.NextAsync("SESSION_READY");
        (await rest.PostAsync($"/api/customer/conversations/{before}/close")).Must(200);
        await customer.NextAsync("QUEUE_POSITION");
        (await rest.PostAsync("/api/customer/sessions", new { fingerprint = "f", displayName = "Another" })).Must(200);
        await customer.NextAsync("CUSTOMER_UPDATED");
        (await rest.AcceptAsync(id)).Must(200);
        await customer.NextAsync("CONVERSATION_ASSIGNED");
        await using (var agent = await RawSocket.ConnectAsync(server, $"role=agent&conversationId={id}&fingerprint=agent-123"))
        {
            await customer.NextAsync("CONVERSATION_CONNECTED");
            await agent.AskAsync("chat:typing", new { typing = true });
            await customer.NextAsync("chat:typing");
            await agent.AskAsync("chat:send", new { content = "Hi", metadata = new { a = 1 } });
            await customer.NextAsync("chat:message");
            await customer.NextAsync("chat:typing");
            await agent.AskAsync("chat:read", new { sequence = 1 });
            await customer.NextAsync("chat:read");
        }

        await customer.NextAsync("PARTICIPANT_DISCONNECTED");
        await using (await RawSocket.ConnectAsync(server, $"role=agent&conversationId={id}&fingerprint=agent-123"))
            await customer.NextAsync("PARTICIPANT_RECONNECTED");
        await customer.EmitAsync("chat:send", new { content = "" });
        await customer.NextAsync("system:error");
        await customer.AskAsync("conversation:close", new { reason = "done" });
        await customer.NextAsync("CONVERSATION_CLOSED");

        await using var late = await RawSocket.ConnectAsync(server, $"role=customer&conversationId={id}&after=0");
        await late.NextAsync("CONVERSATION_CLOSED");
        var seen = customer.Seen.Concat(queue.Seen).Concat(late.Seen).Append(await RequeuedAsync()).ToList();
        var sent = PayloadsOf(described, "send");
        foreach (var item in seen)
            described.MustHold(sent[item.Name], item.Payload, $"{item.Name} {item.Type}");
        Assert.Equal(sent.Keys.Order(), seen.Select(item => item.Name).Distinct().Order());
        var types = described.Schemas["SystemEvent"]!["properties"]!["type"]!["enum"]!.AsArray().Select(type => type!.GetValue<string>());
        Assert.Equal(types.Order(), seen.Where(item => item.Name == "system:event").Select(item => item.Type!).Distinct().Order());
    }

    /// <summary>On a server whose agents are soon taken for gone, which would be in the way of everything else.</summary>
    private static async Task<SocketEvent> RequeuedAsync()
    {
        await using var server = await RunningServer.StartAsync("Chat:Agent:RequeueAfter=00:00:00.050", "Chat:Housekeeping:Interval=00:00:00.050");
        var id = await server.Rest.StartAsync("f");
        await using var customer = await RawSocket.ConnectAsync(server, $"role=customer&conversationId={id}");
        (await server.Rest.AcceptAsync(id)).Must(200);
        return await customer.NextAsync("CONVERSATION_REQUEUED");
    }

    [Fact]
    public async Task Every_acknowledgement_is_as_the_document_says()
    {
        await using var scene = await TrustScene.StartAsync();
        var described = await Described.SocketAsync(scene.Server.Rest);
        var (id, customer) = await scene.ConversationAsync(isHeld: true);
        var (_, other) = await scene.ConversationAsync(isHeld: true);
        var token = scene.Issuer.Token(customer, "customer");
        await using var socket = await RawSocket.ConnectAsync(scene.Server, $"role=customer&conversationId={id}", new { token });

        await MustAsync("chat:send", 0, null, new { content = "Hi", clientMessageId = "m" });
        await MustAsync("chat:send", 1, "idempotency_mismatch", new { content = "Ho", clientMessageId = "m" });
        await MustAsync("chat:send", 1, "validation", new { content = "" });
        await MustAsync("chat:send", 1, "validation", "text");
        await MustAsync("chat:send", 1, "not_found", new { content = "x", conversationId = Guid.NewGuid() });
        await MustAsync("chat:typing", 0, null, new { typing = true });
        await MustAsync("chat:typing", 1, "validation", new { });
        await MustAsync("chat:typing", 1, "not_found", new { typing = true, conversationId = Guid.NewGuid() });
        await MustAsync("chat:read", 0, null, new { sequence = 1 });
        await MustAsync("chat:read", 1, "validation", new { sequence = -1 });
        await MustAsync("chat:read", 1, "validation", new { sequence = "1" });
        await MustAsync("chat:read", 1, "not_found", new { sequence = 1, conversationId = Guid.NewGuid() });
        await MustAsync("auth:refresh", 0, null, new { token = scene.Issuer.Token(customer, "customer") });
        await MustAsync("auth:refresh", 1, "unauthenticated", new { token = "nonsense" });
        await MustAsync("auth:refresh", 1, "forbidden", new { token = scene.Issuer.Token(other, "customer") });
        await MustAsync("auth:refresh", 1, "validation", new { });
        await MustAsync("conversation:close", 1, "validation", new { reason = new string('x', 501) });
        await MustAsync("conversation:close", 1, "not_found", new { conversationId = Guid.NewGuid() });
        await MustAsync("conversation:close", 0, null, new { reason = "done" });
        await MustAsync("chat:send", 1, "gone", new { content = "x" });
        await MustAsync("chat:typing", 1, "gone", new { typing = true });
        await MustAsync("chat:read", 0, null, new { sequence = 2 });
        var unknown = await socket.AskAsync("no:such:event", new { });
        described.MustHold("SocketError", unknown.GetProperty("error"), "an unknown event");

        async Task MustAsync(string name, int reply, string? code, object argument)
        {
            var ack = await socket.AskAsync(name, argument);
            if (code is not null)
                Assert.Equal(code, ack.GetProperty("error").GetProperty("code").GetString());
            described.MustHold(Reply(described, name, reply), ack, $"{name} {code}");
        }
    }

    [Fact]
    public async Task A_connection_that_is_let_in_and_one_that_is_refused_are_as_the_document_says()
    {
        await using var scene = await TrustScene.StartAsync();
        var described = await Described.SocketAsync(scene.Server.Rest);
        var (id, customer) = await scene.ConversationAsync(isHeld: false);
        var token = scene.Issuer.Token(customer, "customer");

        await using (var plain = await RawSocket.ConnectAsync(scene.Server, $"role=customer&conversationId={id}", new { token }))
            described.MustHold(Reply(described, "CONNECT", 0), plain.Connect, "CONNECT");
        await using (var browser = await RawSocket.ConnectAsync(scene.Server.GatewayAddress, $"role=customer&conversationId={id}", new { token }, "Mozilla/5.0"))
        {
            described.MustHold(Reply(described, "CONNECT", 0), browser.Connect, "CONNECT of a browser");
            Assert.True(browser.Connect.TryGetProperty("pid", out _));
        }

        foreach (var (query, caller, code) in new[]
        {
            ("role=visitor", "its customer", "validation"),
            ($"role=customer&conversationId={id}", "nobody", "unauthenticated"),
            ($"role=customer&conversationId={id}", "another customer", "forbidden"),
            ($"role=customer&conversationId={Guid.NewGuid()}", "its customer", "not_found"),
            ($"role=agent&conversationId={id}", "its agent", "not_accepted"),
        })
        {
            var refused = await RawSocket.RefusedAsync(scene.Server, query, null, [.. scene.Credentials(caller, customer)]);
            Assert.Equal(code, refused.GetProperty("data").GetProperty("code").GetString());
            described.MustHold(Reply(described, "CONNECT", 1), refused, query);
        }
    }

    [Fact]
    public async Task A_credential_that_ends_is_told_as_the_document_says()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        using var issuer = new TestIssuer();
        await using var server = await RunningServer.StartAsync(services => services.AddSingleton<TimeProvider>(clock), [.. issuer.Settings, "Chat:Security:Jwt:ClockSkew=00:00:00"]);
        var described = await Described.SocketAsync(server.Rest);
        var token = issuer.Token("agent", "agent", claims => claims["exp"] = clock.GetUtcNow().AddSeconds(10).ToUnixTimeSeconds());
        await using var socket = await RawSocket.ConnectAsync(server, "role=agent&scope=queue", new { token });
        await socket.NextAsync("queue:snapshot");

        clock.Advance(TimeSpan.FromSeconds(11));

        var told = await socket.NextAsync("system:error");
        Assert.Equal("token_expired", told.Payload.GetProperty("code").GetString());
        described.MustHold(PayloadsOf(described, "send")["system:error"], told.Payload, "the end of a credential");
    }

    [Fact]
    public async Task The_parameters_of_the_document_are_those_that_are_read()
    {
        await using var server = await RunningServer.StartAsync();
        var described = await Described.SocketAsync(server.Rest);
        var id = await server.Rest.StartAsync("f");
        (await server.Rest.AcceptAsync(id)).Must(200);
        var query = (JsonObject)described.Document["channels"]!["chat"]!["bindings"]!["ws"]!["query"]!["properties"]!;

        Assert.Equal(["after", "conversationId", "displayName", "fingerprint", "role", "scope", "token"], query.Select(parameter => parameter.Key).Order());
        await using var socket = await RawSocket.ConnectAsync(server, "", Auth(described, id));
        await socket.NextAsync("queue:snapshot");
    }

    /// <summary>A value of each parameter, which the document must find right.</summary>
    private static object Auth(Described described, string id)
    {
        var auth = new { role = "agent", fingerprint = "agent-123", conversationId = id, scope = "queue", displayName = "Ashik", token = "none", after = 1 };
        described.MustHold("Auth", JsonSerializer.SerializeToElement(auth), "auth");
        return auth;
    }

    private static Dictionary<string, JsonNode> PayloadsOf(Described described, string action) => described.Document["operations"]!.AsObject()
        .Where(operation => operation.Value!["action"]!.GetValue<string>() == action)
        .Select(operation => described.Follow(described.Follow(operation.Value!["messages"]![0]!)))
        .ToDictionary(message => message["name"]!.GetValue<string>(), message => message["payload"]!);

    private static JsonNode Reply(Described described, string name, int reply) => described.Document["operations"]!.AsObject()
        .Where(operation => operation.Value!["reply"] is not null)
        .Where(operation => described.Follow(described.Follow(operation.Value!["messages"]![0]!))["name"]!.GetValue<string>() == name)
        .Select(operation => described.Follow(described.Follow(operation.Value!["reply"]!["messages"]![reply]!))["payload"]!)
        .Single();
}
