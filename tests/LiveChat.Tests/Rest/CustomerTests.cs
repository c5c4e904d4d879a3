using LiveChat.Tests.Support;

namespace LiveChat.Tests.Rest;

public class CustomerTests
{
    [Fact]
    public async Task A_session_starts_in_the_queue()
    {
        await using var server = await RunningServer.StartAsync();

        var answer = (await server.Rest.PostAsync(
            "/api/customer/sessions",
            new { fingerprint = "client-generated-id", displayName = "Jane Doe", contact = "0123456789" })).Must(200);

        Assert.Equal("QUEUED", answer.Text("status"));
        Assert.False(answer.Json.GetProperty("resumed").GetBoolean());
        var conversation = answer.Json.GetProperty("conversation");
        Assert.Equal(answer.Text("conversationId"), conversation.GetProperty("id").GetString());
        Assert.Equal("client-generated-id", conversation.GetProperty("customer").GetProperty("id").GetString());
        Assert.Equal("0123456789", conversation.GetProperty("customer").GetProperty("phone").GetString());
        Assert.Equal("web", conversation.GetProperty("channel").GetString());
        Assert.Equal(1, conversation.GetProperty("queue").GetProperty("position").GetInt32());
        Assert.Equal(1, conversation.GetProperty("lastSequence").GetInt64());
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", conversation.GetProperty("createdAt").GetString());
        Assert.Matches("^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$", answer.Text("conversationId"));
    }

    [Fact]
    public async Task The_same_fingerprint_resumes_until_it_is_closed()
    {
        await using var server = await RunningServer.StartAsync();
        var first = await server.Rest.StartAsync("f");

        var again = (await server.Rest.PostAsync("/api/customer/sessions", new { fingerprint = "f" })).Must(200);
        Assert.Equal(first, again.Text("conversationId"));
        Assert.True(again.Json.GetProperty("resumed").GetBoolean());

        (await server.Rest.AcceptAsync(first)).Must(200);
        (await server.Rest.AgentSendAsync(first, "Hi")).Must(201);
        again = (await server.Rest.PostAsync("/api/customer/sessions", new { fingerprint = "f" })).Must(200);
        Assert.Equal("CONNECTED", again.Text("status"));

        (await server.Rest.PostAsync($"/api/customer/conversations/{first}/close")).Must(200);
        var next = (await server.Rest.PostAsync("/api/customer/sessions", new { fingerprint = "f" })).Must(200);
        Assert.NotEqual(first, next.Text("conversationId"));
        Assert.Equal("QUEUED", next.Text("status"));
    }

    [Fact]
    public async Task A_message_has_the_shape_of_the_contract()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");

        var message = (await server.Rest.PostAsync(
            $"/api/customer/conversations/{id}/messages",
            new { content = "Grüße 😀", metadata = new { source = "web", nested = new { deep = true } }, clientMessageId = "m-1" })).Must(201);

        Assert.Equal(
            ["id", "conversationId", "sequence", "type", "sender", "content", "metadata", "clientMessageId", "timestamp"],
            message.Json.EnumerateObject().Select(p => p.Name));
        Assert.Equal("Grüße 😀", message.Text("content"));
        Assert.Equal("TEXT", message.Text("type"));
        Assert.Equal(2, message.Json.GetProperty("sequence").GetInt64());
        Assert.Equal("""{"source":"web","nested":{"deep":true}}""", message.Json.GetProperty("metadata").GetRawText());
        Assert.Equal("""{"id":"f","type":"CUSTOMER","displayName":"Jane Doe"}""", message.Json.GetProperty("sender").GetRawText());
    }

    [Theory]
    [InlineData("body")]
    [InlineData("header")]
    public async Task A_repeated_send_is_one_message_also_after_the_close(string place)
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");

        var first = (await SendAsync("Hello")).Must(201);
        var again = (await SendAsync("Hello")).Must(200);
        Assert.Equal(first.Text("id"), again.Text("id"));
        (await SendAsync("Something else")).MustFail(422, "idempotency_mismatch");

        (await server.Rest.PostAsync($"/api/customer/conversations/{id}/close")).Must(200);
        Assert.Equal(first.Text("id"), (await SendAsync("Hello")).Must(200).Text("id"));
        (await server.Rest.CustomerSendAsync(id, "Hello", "another")).MustFail(410, "gone");
        Assert.Single((await server.Rest.GetAsync($"/api/customer/conversations/{id}/messages")).Must(200).Json.EnumerateArray());

        Task<Answer> SendAsync(string content) => place == "body"
            ? server.Rest.CustomerSendAsync(id, content, "key-1")
            : server.Rest.PostAsync($"/api/customer/conversations/{id}/messages", new { content }, ("Idempotency-Key", "key-1"));
    }

    [Fact]
    public async Task The_same_client_message_id_of_another_sender_is_another_message()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");
        (await server.Rest.AcceptAsync(id)).Must(200);

        var customers = (await server.Rest.CustomerSendAsync(id, "1", "same")).Must(201);
        var agents = (await server.Rest.AgentSendAsync(id, "2", "same")).Must(201);

        Assert.NotEqual(customers.Text("id"), agents.Text("id"));
    }

    [Fact]
    public async Task Closing_twice_changes_nothing()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");

        var first = (await server.Rest.PostAsync($"/api/customer/conversations/{id}/close", new { reason = "bye" })).Must(200);
        var again = (await server.Rest.PostAsync($"/api/customer/conversations/{id}/close", new { reason = "other" })).Must(200);

        Assert.Equal("CLOSED", first.Text("status"));
        Assert.Equal("CUSTOMER", first.Text("closedBy"));
        Assert.Equal("bye", first.Text("closeReason"));
        Assert.Equal(first.Json.GetRawText(), again.Json.GetRawText());
        Assert.Equal(2, (await server.Rest.EventsAsync(id)).Count);
    }
}
