using System.Text.Json;
using LiveChat.Tests.Support;

namespace LiveChat.Tests.Rest;

/// <summary>What is known of a customer: said at the start, said anew later, seen by both sides.</summary>
public class CustomerUpdateTests
{
    [Fact]
    public async Task Metadata_of_the_session_reaches_both_sides()
    {
        await using var server = await RunningServer.StartAsync();
        var started = (await server.Rest.PostAsync("/api/customer/sessions", new { fingerprint = "f", metadata = new { order = "A-17" } })).Must(200);
        var id = started.Text("conversationId");

        Assert.Equal("A-17", Order(started.Json.GetProperty("conversation")));
        Assert.Equal("A-17", Order((await server.Rest.AcceptAsync(id)).Must(200).Json));
        Assert.Equal("A-17", Order((await server.Rest.GetAsync($"/api/customer/conversations/{id}")).Json));
        Assert.Equal("A-17", Order((await server.Rest.GetAsync("/api/agent/conversations")).Json[0]));
        await using var agent = await RawSocket.ConnectAsync(server, $"role=agent&conversationId={id}");
        Assert.Equal("A-17", Order((await agent.NextAsync("SESSION_READY")).Payload.GetProperty("conversation")));
    }

    [Fact]
    public async Task What_is_said_anew_is_an_entry_of_the_log_and_the_rest_stays()
    {
        await using var server = await RunningServer.StartAsync();
        var id = (await server.Rest.PostAsync("/api/customer/sessions", new { fingerprint = "f", contact = "0123" })).Must(200).Text("conversationId");
        await using var queue = await RawSocket.ConnectAsync(server, "role=agent&scope=queue");
        await using var customer = await RawSocket.ConnectAsync(server, $"role=customer&conversationId={id}");
        await customer.NextAsync("SESSION_READY");

        var again = (await server.Rest.PostAsync("/api/customer/sessions", new { fingerprint = "f", displayName = "Jane", metadata = new { order = "A-17" } })).Must(200);

        Assert.True(again.Json.GetProperty("resumed").GetBoolean());
        Assert.Equal(1, again.Json.GetProperty("conversation").GetProperty("queue").GetProperty("position").GetInt32());
        var updated = await customer.NextAsync("CUSTOMER_UPDATED");
        Assert.Equal(("QUEUED", 2L), (updated.Status, updated.Sequence));
        MustBe(updated.Payload.GetProperty("conversation"), "Jane", "0123", "A-17");
        Assert.Equal("Jane", updated.Payload.GetProperty("participant").GetProperty("displayName").GetString());
        await queue.NextAsync(e => e.Name == "queue:snapshot" && e.Payload[0].GetProperty("customerName").GetString() == "Jane");

        // The entries before it say what was known then, also when they are read later.
        var log = await server.Rest.EventsAsync(id);
        MustBe(log[0].GetProperty("payload").GetProperty("conversation"), null, "0123", null);
        Assert.Equal(updated.Payload.GetRawText(), log[1].GetProperty("payload").GetRawText());

        // What is known already changes nothing.
        (await server.Rest.PostAsync("/api/customer/sessions", new { fingerprint = "f", displayName = "Jane" })).Must(200);
        Assert.Equal(2, (await server.Rest.EventsAsync(id)).Count);
    }

    [Fact]
    public async Task Nothing_of_what_was_said_anew_is_left_after_an_erasure()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f", "secret-1");
        (await server.Rest.PostAsync("/api/customer/sessions", new { fingerprint = "f", displayName = "secret-2", metadata = new { a = "secret-3" } })).Must(200);

        (await server.Rest.SendAsync(HttpMethod.Delete, "/api/admin/customers/f", null)).Must(200);

        Assert.DoesNotContain("secret", string.Concat(await server.Rest.EventsAsync(id)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("?agentId=agent-7")]
    public async Task An_agent_takes_an_unwanted_entry_out_of_the_queue_and_may_do_so_again(string query)
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");

        for (var i = 0; i < 2; i++)
        {
            var closed = (await server.Rest.PostAsync($"/api/agent/conversations/{id}/close{query}", new { reason = "spam" })).Must(200);
            Assert.Equal(("CLOSED", "AGENT", "spam"), (closed.Text("status"), closed.Text("closedBy"), closed.Text("closeReason")));
            Assert.Equal(JsonValueKind.Null, closed.Json.GetProperty("agent").ValueKind);
        }

        Assert.Equal(0, (await server.Rest.GetAsync("/api/agent/queue")).Json.GetArrayLength());
        (await server.Rest.AcceptAsync(id)).MustFail(410, "gone");
        Assert.Equal(2, (await server.Rest.EventsAsync(id)).Count);
    }

    [Fact]
    public async Task A_socket_that_names_another_visitor_is_let_into_no_conversation()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");

        var refused = await RawSocket.RefusedAsync(server, $"role=customer&conversationId={id}&fingerprint=another");

        Assert.Equal("forbidden", refused.GetProperty("data").GetProperty("code").GetString());
        await using var own = await RawSocket.ConnectAsync(server, $"role=customer&conversationId={id}&fingerprint=f");
        await own.NextAsync("SESSION_READY");
    }

    private static string? Order(JsonElement conversation) => conversation.GetProperty("metadata").GetProperty("order").GetString();

    private static void MustBe(JsonElement conversation, string? name, string? phone, string? order)
    {
        var customer = conversation.GetProperty("customer");
        Assert.Equal((name, phone), (customer.GetProperty("displayName").GetString(), customer.GetProperty("phone").GetString()));
        Assert.Equal(order, conversation.GetProperty("metadata") is { ValueKind: JsonValueKind.Object } metadata ? metadata.GetProperty("order").GetString() : null);
    }
}
