using System.Text;
using LiveChat.Tests.Support;

namespace LiveChat.Tests.Gateway;

/// <summary>What the gateway refuses, and that it goes on serving everybody else.</summary>
public class SocketErrorTests
{
    private const string Unknown = "0b9d7b6e-3f8e-4a57-9d5c-3f6f0d1f2a11";

    [Theory]
    [InlineData("", "validation")]
    [InlineData("role=visitor", "validation")]
    [InlineData("role=customer", "validation")]
    [InlineData("role=customer&fingerprint=", "validation")]
    [InlineData("role=agent", "validation")]
    [InlineData("role=agent&scope=everything", "validation")]
    [InlineData("role=agent&scope=conversation", "validation")]
    [InlineData("role=customer&conversationId=nonsense", "validation")]
    [InlineData("role=customer&fingerprint=f&after=1", "validation")]
    [InlineData("role=customer&conversationId=" + Unknown + "&after=-1", "validation")]
    [InlineData("role=customer&conversationId=" + Unknown + "&after=x", "validation")]
    [InlineData("role=customer&conversationId=" + Unknown, "not_found")]
    [InlineData("role=agent&conversationId=" + Unknown, "not_found")]
    [InlineData("role=customer&fingerprint=f&scope=queue", "forbidden")]
    public async Task A_handshake_that_cannot_be_honoured_is_refused_with_a_code(string query, string code)
    {
        await using var server = await RunningServer.StartAsync();

        var refusal = await RawSocket.RefusedAsync(server, query);

        Assert.Equal(code, refusal.GetProperty("data").GetProperty("code").GetString());
        Assert.Equal(refusal.GetProperty("message").GetString(), refusal.GetProperty("data").GetProperty("message").GetString());
        Assert.Equal(2, refusal.GetProperty("data").EnumerateObject().Count());
    }

    [Fact]
    public async Task A_socket_of_a_conversation_is_for_its_own_agent()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");

        Assert.Equal("not_accepted", Code(await RawSocket.RefusedAsync(server, $"role=agent&conversationId={id}")));
        Assert.Equal("not_accepted", Code(await RawSocket.RefusedAsync(server, $"role=agent&conversationId={id}&fingerprint=agent-123")));
        (await server.Rest.AcceptAsync(id)).Must(200);
        Assert.Equal("forbidden", Code(await RawSocket.RefusedAsync(server, $"role=agent&conversationId={id}&fingerprint=agent-2")));
        Assert.Equal(2, (await server.Rest.EventsAsync(id)).Count);
    }

    [Fact]
    public async Task The_auth_object_wins_over_the_query()
    {
        await using var server = await RunningServer.StartAsync();

        await using var socket = await RawSocket.ConnectAsync(
            server,
            "role=customer&scope=queue",
            new { role = "agent", scope = "queue", fingerprint = "" });
        await socket.NextAsync("queue:snapshot");
    }

    [Theory]
    [InlineData("{\"content\":\"\"}", "validation")]
    [InlineData("{\"content\":5}", "validation")]
    [InlineData("\"text\"", "validation")]
    [InlineData("{\"content\":\"x\",\"metadata\":[]}", "validation")]
    [InlineData("{\"content\":\"x\",\"conversationId\":\"nonsense\"}", "validation")]
    [InlineData("{\"content\":\"x\",\"conversationId\":\"" + Unknown + "\"}", "not_found")]
    public async Task A_bad_send_is_answered_in_the_acknowledgement(string argument, string code)
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");
        await using var socket = await RawSocket.ConnectAsync(server, $"role=customer&conversationId={id}");

        var answer = await socket.AskAsync("chat:send", System.Text.Json.JsonDocument.Parse(argument).RootElement);

        Assert.Equal(code, answer.GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(["error"], answer.EnumerateObject().Select(p => p.Name));
        Assert.True((await socket.AskAsync("chat:send", new { content = "still there" })).TryGetProperty("message", out _));
    }

    [Fact]
    public async Task Binary_is_refused_rather_than_lost()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");
        await using var socket = await RawSocket.ConnectAsync(server, $"role=customer&conversationId={id}");

        await socket.SendRawAsync("451-[\"chat:send\",{\"content\":\"x\",\"metadata\":{\"a\":{\"_placeholder\":true,\"num\":0}}}]");
        await socket.SendBinaryAsync([1, 2, 3]);

        var error = await socket.NextAsync("system:error");
        Assert.Equal("validation", error.Payload.GetProperty("code").GetString());
        Assert.Single(await server.Rest.EventsAsync(id));
    }

    [Theory]
    [InlineData(33)]
    [InlineData(200)]
    public async Task JSON_that_is_too_deep_is_answered(int levels)
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");
        await using var socket = await RawSocket.ConnectAsync(server, $"role=customer&conversationId={id}");
        var deep = string.Concat(Enumerable.Repeat("{\"a\":", levels)) + "1" + new string('}', levels);

        await socket.SendRawAsync("42[\"chat:send\",{\"content\":\"x\",\"metadata\":" + deep + "}]");

        Assert.Equal("validation", (await socket.NextAsync("system:error")).Payload.GetProperty("code").GetString());
        Assert.True((await socket.AskAsync("chat:send", new { content = "x" })).TryGetProperty("message", out _));
    }

    [Fact]
    public async Task Refusals_of_the_rules_are_the_same_as_on_REST()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");
        await using var customer = await RawSocket.ConnectAsync(server, $"role=customer&conversationId={id}");
        await using var agent = await RawSocket.ConnectAsync(server, "role=agent&scope=queue&fingerprint=agent-2");

        Assert.Equal("not_accepted", Fault(await agent.AskAsync("chat:send", new { content = "x", conversationId = id })));
        (await server.Rest.AcceptAsync(id)).Must(200);
        Assert.Equal("forbidden", Fault(await agent.AskAsync("chat:send", new { content = "x", conversationId = id })));
        await customer.AskAsync("chat:send", new { content = "x", clientMessageId = "k" });
        Assert.Equal("idempotency_mismatch", Fault(await customer.AskAsync("chat:send", new { content = "y", clientMessageId = "k" })));
        await customer.AskAsync("conversation:close");
        Assert.Equal("gone", Fault(await customer.AskAsync("chat:send", new { content = "z" })));
    }

    [Fact]
    public async Task A_fault_that_asked_for_no_acknowledgement_is_a_system_error()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");
        await using var socket = await RawSocket.ConnectAsync(server, $"role=customer&conversationId={id}");

        await socket.EmitAsync("chat:send", new { content = "" });

        var error = await socket.NextAsync("system:error");
        Assert.Equal(["code", "message"], error.Payload.EnumerateObject().Select(p => p.Name));
        Assert.Equal("validation", error.Payload.GetProperty("code").GetString());
    }

    [Fact]
    public async Task An_unknown_event_is_answered_where_it_asks_and_closes_nothing()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");
        await using var socket = await RawSocket.ConnectAsync(server, $"role=customer&conversationId={id}");

        await socket.EmitAsync("chat:shout", new { });

        // The reference parser takes a number for a name too.
        await socket.SendRawAsync("42[5,{}]");

        // Larger than any event may be, and no reason to close.
        Assert.Equal("validation", Fault(await socket.AskAsync("chat:send", new { content = new string('x', 200_000) })));
        Assert.Equal("unknown_event", Fault(await socket.AskAsync("chat:shout", new { })));
        Assert.True((await socket.AskAsync("chat:send", new { content = "x" })).TryGetProperty("message", out _));
        Assert.DoesNotContain(socket.Seen, e => e.Name == "system:error");
    }

    [Fact]
    public async Task A_sender_over_its_rate_is_told_so()
    {
        await using var server = await RunningServer.StartAsync(
            "Chat:Security:RateLimit:PermitLimit=5",
            "Chat:Security:RateLimit:TokensPerSecond=1");
        var id = await server.Rest.StartAsync("f");
        await using var socket = await RawSocket.ConnectAsync(server, $"role=customer&conversationId={id}");

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => socket.AskAsync("chat:send", new { content = $"m{i}" }))).Soon();

        Assert.Contains(answers, a => a.TryGetProperty("error", out var error) && error.GetProperty("code").GetString() == "rate_limited");
        Assert.Contains(answers, a => a.TryGetProperty("message", out _));
    }

    [Theory]
    [InlineData("4")]
    [InlineData("9")]
    [InlineData("42{}")]
    [InlineData("42[5")]
    [InlineData("4\u0001")]
    [InlineData("42[\"connect\"]")]
    public async Task A_frame_that_is_not_the_protocol_ends_its_own_connection_only(string frame)
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");
        await using var bad = await RawSocket.ConnectAsync(server, $"role=customer&conversationId={id}");
        await using var good = await RawSocket.ConnectAsync(server, $"role=customer&conversationId={id}");

        await bad.SendRawAsync(frame);
        await bad.Ended.Soon();

        Assert.True((await good.AskAsync("chat:send", new { content = "x" })).TryGetProperty("message", out _));
    }

    [Fact]
    public async Task A_malformed_polling_payload_is_400_and_disturbs_nobody()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");
        await using var good = await RawSocket.ConnectAsync(server, $"role=customer&conversationId={id}");
        using var http = new HttpClient { BaseAddress = server.GatewayAddress, Timeout = Waiting.Limit };
        var open = await http.GetStringAsync("/socket.io/?EIO=4&transport=polling&role=agent&scope=queue", TestContext.Current.CancellationToken);
        var sid = System.Text.Json.JsonDocument.Parse(open[1..]).RootElement.GetProperty("sid").GetString();

        using var content = new StringContent("not a payload", Encoding.UTF8, "text/plain");
        using var answer = await http.PostAsync($"/socket.io/?EIO=4&transport=polling&sid={sid}", content, TestContext.Current.CancellationToken);

        Assert.Equal(400, (int)answer.StatusCode);
        Assert.True((await good.AskAsync("chat:send", new { content = "x" })).TryGetProperty("message", out _));
    }

    [Fact]
    public async Task Another_web_origin_is_not_let_in()
    {
        await using var server = await RunningServer.StartAsync("Chat:Security:AllowedOrigins:0=https://shop.example");
        const string Path = "/socket.io/?EIO=4&transport=polling&role=agent&scope=queue";

        Assert.Equal(403, await StatusAsync("https://evil.example"));
        Assert.Equal(200, await StatusAsync("https://shop.example"));
        Assert.Equal(200, await StatusAsync("http://localhost:5173"));
        Assert.Equal(200, await StatusAsync(server.GatewayAddress.GetLeftPart(UriPartial.Authority)));

        async Task<int> StatusAsync(string origin)
        {
            using var client = new HttpClient { BaseAddress = server.GatewayAddress, Timeout = Waiting.Limit };
            using var request = new HttpRequestMessage(HttpMethod.Get, Path);
            request.Headers.Add("Origin", origin);
            using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
            return (int)response.StatusCode;
        }
    }

    [Fact]
    public async Task Arguments_that_are_nested_too_deep_are_refused_and_close_nothing()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");
        using var socket = await PollingSocket.ConnectAsync(server.GatewayAddress, $"role=customer&conversationId={id}");
        var deep = $"{{\"content\":\"x\",\"metadata\":{new string('[', 2000)}{new string(']', 2000)}}}";

        await socket.PostAsync($"427[\"chat:send\",{deep}]");
        await GetsAsync("437[{\"error\":{\"code\":\"validation\",");
        await socket.PostAsync($"42[\"chat:send\",{deep}]");
        await GetsAsync("42[\"system:error\",{\"code\":\"validation\",");
        await socket.PostAsync("428[\"chat:send\",{\"content\":\"x\"}]");
        await GetsAsync("438[{\"message\":");

        // What else comes meanwhile is passed over.
        async Task GetsAsync(string packet)
        {
            while (!(await socket.PollAsync().Soon()).Split('\x1e').Any(each => each.StartsWith(packet, StringComparison.Ordinal)))
            {
            }
        }
    }

    private static string? Code(System.Text.Json.JsonElement refusal) => refusal.GetProperty("data").GetProperty("code").GetString();

    private static string? Fault(System.Text.Json.JsonElement answer) => answer.GetProperty("error").GetProperty("code").GetString();
}
