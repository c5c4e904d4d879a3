using System.Text;
using System.Text.Json;
using LiveChat.Tests.Support;

namespace LiveChat.Tests.Rest;

/// <summary>What is kept of a person: all of it as one document, and its erasure.</summary>
public class PersonTests
{
    [Fact]
    public async Task The_export_is_everything_that_is_kept()
    {
        await using var server = await RunningServer.StartAsync();
        var first = (await server.Rest.PostAsync(
            "/api/customer/sessions",
            new { fingerprint = "f", displayName = "Jane", contact = "0123", metadata = new { plan = "gold" } })).Must(200).Text("conversationId");
        for (var i = 0; i < 450; i++)
            (await server.Rest.CustomerSendAsync(first, $"message {i}")).Must(201);
        (await server.Rest.AcceptAsync(first)).Must(200);
        (await server.Rest.AgentSendAsync(first, "answer")).Must(201);
        (await server.Rest.PostAsync($"/api/agent/conversations/{first}/close", new { reason = "solved" })).Must(200);
        var second = await server.Rest.StartAsync("f");
        await server.Rest.StartAsync("another");

        var export = (await server.Rest.GetAsync("/api/admin/customers/f/export")).Must(200);

        Assert.StartsWith("application/json", export.Headers["Content-Type"], StringComparison.Ordinal);
        Assert.Equal("f", export.Json.GetProperty("customer").GetProperty("id").GetString());
        Assert.EndsWith("Z", export.Text("exportedAt"), StringComparison.Ordinal);
        var conversations = export.Json.GetProperty("conversations").EnumerateArray().ToList();
        Assert.Equal([first, second], conversations.Select(c => c.GetProperty("conversation").GetProperty("id").GetString()!));
        Assert.Equal("gold", conversations[0].GetProperty("metadata").GetProperty("plan").GetString());
        Assert.Equal(JsonValueKind.Null, conversations[1].GetProperty("metadata").ValueKind);
        Assert.Equal("0123", conversations[0].GetProperty("conversation").GetProperty("customer").GetProperty("phone").GetString());
        Assert.Equal(
            (await server.Rest.EventsAsync(first)).Select(e => e.GetRawText()),
            conversations[0].GetProperty("events").EnumerateArray().Select(e => e.GetRawText()));
    }

    [Fact]
    public async Task Of_somebody_unknown_there_is_nothing_to_export_or_erase()
    {
        await using var server = await RunningServer.StartAsync();

        var export = (await server.Rest.GetAsync("/api/admin/customers/nobody/export")).Must(200);
        Assert.Equal(0, export.Json.GetProperty("conversations").GetArrayLength());
        await EraseAsync(server, "nobody", 0, 0);
        (await server.Rest.GetAsync($"/api/admin/customers/{new string('x', 201)}/export")).MustFail(400, "validation", "fingerprint");
    }

    [Fact]
    public async Task What_is_erased_is_gone_from_every_answer_and_the_log_has_no_gap()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await TalkAsync(server, "secret-f", messages: 600);
        (await server.Rest.PostAsync($"/api/customer/conversations/{id}/close", new { reason = "secret reason" })).Must(200);
        var before = await server.Rest.EventsAsync(id);

        await EraseAsync(server, "secret-f", 1, 601);

        var conversation = (await server.Rest.GetAsync($"/api/agent/conversations/{id}")).Must(200);
        Assert.Equal("CLOSED", conversation.Text("status"));
        Assert.Equal($"erased-{id}", conversation.Json.GetProperty("customer").GetProperty("id").GetString());
        Assert.Equal("agent-123", conversation.Json.GetProperty("agent").GetProperty("id").GetString());
        var after = await server.Rest.EventsAsync(id);
        Assert.Equal(before.Select(Skeleton), after.Select(Skeleton));
        Assert.DoesNotContain("secret", string.Concat(after.Select(e => e.GetRawText())) + conversation.Json, StringComparison.OrdinalIgnoreCase);
        var messages = (await server.Rest.GetAsync($"/api/customer/conversations/{id}/messages?limit=500")).Must(200);
        Assert.All(messages.Json.EnumerateArray(), m => Assert.Equal("", m.GetProperty("content").GetString()));

        // A client that comes back resumes as before.
        await using var socket = await RawSocket.ConnectAsync(server, $"role=customer&conversationId={id}&after=10");
        await socket.NextAsync("CONVERSATION_CLOSED");
        Assert.Equal(Enumerable.Range(11, after.Count - 10).Select(i => (long)i), socket.Sequences);
        Assert.DoesNotContain("secret", string.Concat(socket.Seen.Select(e => e.Payload.GetRawText())), StringComparison.OrdinalIgnoreCase);

        await EraseAsync(server, "secret-f", 0, 0);
        await EraseAsync(server, $"erased-{id}", 0, 0);
        Assert.Equal(0, (await server.Rest.GetAsync("/api/admin/customers/secret-f/export")).Json.GetProperty("conversations").GetArrayLength());
    }

    [Fact]
    public async Task An_active_conversation_is_closed_first_and_its_sockets_are_told()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await TalkAsync(server, "secret-f", messages: 3);
        await using var customer = await RawSocket.ConnectAsync(server, "role=customer&fingerprint=secret-f");
        await customer.NextAsync("SESSION_READY");
        await using var agent = await RawSocket.ConnectAsync(server, $"role=agent&conversationId={id}");
        await agent.NextAsync("SESSION_READY");

        await EraseAsync(server, "secret-f", 1, 4);

        foreach (var socket in new[] { customer, agent })
        {
            var closed = await socket.NextAsync("CONVERSATION_CLOSED");
            Assert.Equal("erased", closed.Payload.GetProperty("reason").GetString());
            Assert.Equal("SYSTEM", closed.Payload.GetProperty("conversation").GetProperty("closedBy").GetString());
        }

        // Whoever joins while those sockets still hold the conversation open sees what the store has.
        await using var late = await RawSocket.ConnectAsync(server, $"role=agent&conversationId={id}&after=0");
        await late.NextAsync("CONVERSATION_CLOSED");
        Assert.DoesNotContain("secret", string.Concat(late.Seen.Select(e => e.Payload.GetRawText())), StringComparison.OrdinalIgnoreCase);
        (await server.Rest.CustomerSendAsync(id, "x")).MustFail(410, "gone");
        Assert.NotEqual(id, await server.Rest.StartAsync("secret-f"));
        await customer.NextAsync("SESSION_READY");
    }

    [Fact]
    public async Task Erasures_at_once_and_with_sends_of_others_do_not_disturb_each_other()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await TalkAsync(server, "secret-f", messages: 600);
        var other = await server.Rest.StartAsync("other");
        using var stop = new CancellationTokenSource();
        var sending = SendAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => EraseAsync(server, "secret-f"))).Soon();
        await stop.CancelAsync();
        var sent = await sending.Soon();

        Assert.All(answers, a => a.Must(200));
        Assert.Equal(1, answers.Sum(a => a.Json.GetProperty("conversations").GetInt32()));
        Assert.DoesNotContain("secret", string.Concat((await server.Rest.EventsAsync(id)).Select(e => e.GetRawText())), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(sent, (await server.Rest.EventsAsync(other)).Count - 1);

        async Task<int> SendAsync()
        {
            var count = 0;
            for (; !stop.IsCancellationRequested; count++)
                (await server.Rest.CustomerSendAsync(other, "kept")).Must(201);
            return count;
        }
    }

    [Theory]
    [InlineData("a/b+c==")]
    [InlineData("100%2F")]
    [InlineData("größe 😀?#")]
    [InlineData("x/export")]
    public async Task A_fingerprint_of_any_characters_is_found(string fingerprint)
    {
        await using var server = await RunningServer.StartAsync();
        await server.Rest.StartAsync(fingerprint);

        var export = (await server.Rest.GetAsync($"/api/admin/customers/{Uri.EscapeDataString(fingerprint)}/export?x=1")).Must(200);
        Assert.Equal(fingerprint, export.Json.GetProperty("customer").GetProperty("id").GetString());
        Assert.Equal(1, export.Json.GetProperty("conversations").GetArrayLength());
        await EraseAsync(server, fingerprint, 1, 0);
    }

    [Fact]
    public async Task An_erasure_that_finds_nothing_does_not_rewrite_the_file_for_nothing()
    {
        var folder = Directory.CreateTempSubdirectory("livechat-test-").FullName;
        try
        {
            await using var server = await RunningServer.StartInAsync(folder, replace: null);
            var file = Path.Combine(folder, "livechat.db");
            await server.Rest.StartAsync("f");
            await EraseAsync(server, "f", 1, 0);
            var before = File.ReadAllBytes(file);
            var written = File.GetLastWriteTimeUtc(file);

            await EraseAsync(server, "f", 0, 0);
            Assert.Equal(written, File.GetLastWriteTimeUtc(file));
            Assert.Equal(before, File.ReadAllBytes(file));

            await server.Rest.StartAsync("g");
            await EraseAsync(server, "g", 1, 0);
            Assert.NotEqual(before, File.ReadAllBytes(file));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Both_are_404_where_they_are_not_enabled()
    {
        await using var server = await RunningServer.StartAsync("Chat:Admin:Enabled=false");

        (await EraseAsync(server, "f")).MustFail(404, "not_found");
        (await server.Rest.GetAsync("/api/admin/customers/f/export")).MustFail(404, "not_found");
    }

    /// <summary>A conversation with a customer, an agent, metadata and client message ids, all of which hold the word secret.</summary>
    private static async Task<string> TalkAsync(RunningServer server, string fingerprint, int messages)
    {
        var id = (await server.Rest.PostAsync(
            "/api/customer/sessions",
            new { fingerprint, displayName = "Secret Name", contact = "secret-phone", metadata = new { secret = 1 } })).Must(200).Text("conversationId");
        (await server.Rest.AcceptAsync(id)).Must(200);
        for (var i = 0; i < messages; i++)
            (await server.Rest.PostAsync(
                $"/api/customer/conversations/{id}/messages",
                new { content = $"secret {i}", metadata = new { secret = i }, clientMessageId = $"secret-{i}" })).Must(201);
        (await server.Rest.AgentSendAsync(id, "Dear Secret Name")).Must(201);
        return id;
    }

    /// <summary>What stays of an entry.</summary>
    private static string Skeleton(JsonElement entry)
    {
        var payload = entry.GetProperty("payload");
        var text = new StringBuilder($"{entry.GetProperty("sequence")} {entry.GetProperty("event")}");
        return payload.TryGetProperty("message", out var message)
            ? text.Append($" {message.GetProperty("id")} {message.GetProperty("timestamp")} {message.GetProperty("sender").GetProperty("type")}").ToString()
            : text.Append($" {payload.GetProperty("type")} {payload.GetProperty("timestamp")} {payload.GetProperty("status")}").ToString();
    }

    private static Task<Answer> EraseAsync(RunningServer server, string fingerprint) =>
        server.Rest.SendAsync(HttpMethod.Delete, $"/api/admin/customers/{Uri.EscapeDataString(fingerprint)}", null);

    private static async Task EraseAsync(RunningServer server, string fingerprint, int conversations, int messages)
    {
        var erased = (await EraseAsync(server, fingerprint)).Must(200);
        Assert.Equal(conversations, erased.Json.GetProperty("conversations").GetInt32());
        Assert.Equal(messages, erased.Json.GetProperty("messages").GetInt32());
    }
}
