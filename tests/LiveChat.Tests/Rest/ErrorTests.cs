using System.Net;
using System.Net.Sockets;
using System.Text;
using LiveChat.Tests.Support;

namespace LiveChat.Tests.Rest;

/// <summary>One test for each row of the contract's error table, and for each way a body can be wrong.</summary>
public class ErrorTests
{
    private const string Sessions = "/api/customer/sessions";
    private const string Unknown = "0b9d7b6e-3f8e-4a57-9d5c-3f6f0d1f2a11";

    public static TheoryData<string, string, object, string> InvalidBodies => new()
    {
        { "POST", Sessions, new { displayName = "no fingerprint" }, "fingerprint" },
        { "POST", Sessions, new { fingerprint = "  " }, "fingerprint" },
        { "POST", Sessions, new { fingerprint = new string('x', 201) }, "fingerprint" },
        { "POST", Sessions, new { fingerprint = "a\0b" }, "fingerprint" },
        { "POST", Sessions, new { fingerprint = 5 }, "fingerprint" },
        { "POST", Sessions, new { fingerprint = "f", displayName = new string('x', 201) }, "displayName" },
        { "POST", Sessions, new { fingerprint = "f", contact = new string('x', 201) }, "contact" },
        { "POST", Sessions, new { fingerprint = "f", channel = new string('x', 51) }, "channel" },
        { "POST", Sessions, new { fingerprint = "f", metadata = new[] { 1 } }, "metadata" },
        { "POST", Sessions, new { fingerprint = "f", metadata = new { a = new string('x', 4090) } }, "metadata" },
        { "POST", Sessions, new { fingerprint = "f", metadata = new { a = "\0" } }, "metadata" },
        { "POST", $"/api/customer/conversations/{Unknown}/messages", new { metadata = new { } }, "content" },
        { "POST", $"/api/customer/conversations/{Unknown}/messages", new { content = "" }, "content" },
        { "POST", $"/api/customer/conversations/{Unknown}/messages", new { content = " \n" }, "content" },
        { "POST", $"/api/customer/conversations/{Unknown}/messages", new { content = new string('x', 4001) }, "content" },
        { "POST", $"/api/agent/conversations/{Unknown}/messages", new { content = "a\0" }, "content" },
        { "POST", $"/api/agent/conversations/{Unknown}/messages", new { content = "x", clientMessageId = new string('x', 101) }, "clientMessageId" },
        { "POST", $"/api/customer/conversations/{Unknown}/close", new { reason = new string('x', 501) }, "reason" },
        { "POST", $"/api/agent/conversations/{Unknown}/close", new { reason = 1 }, "reason" },
        { "POST", "/api/agent/sessions", new { displayName = "x" }, "agentId" },
        { "POST", "/api/agent/sessions", new { agentId = new string('x', 201) }, "agentId" },
        { "POST", "/api/agent/sessions", new { agentId = "a", channel = new string('x', 51) }, "channel" },
        { "POST", $"/api/agent/conversations/{Unknown}/accept", new { displayName = "x" }, "agentId" },
        { "POST", $"/api/agent/conversations/{Unknown}/accept", new { agentId = "a", displayName = new string('x', 201) }, "displayName" },
        { "POST", "/api/admin/seed", new { count = 0 }, "count" },
        { "POST", "/api/admin/seed", new { count = 1001 }, "count" },
        { "POST", "/api/customer/conversations/not-a-uuid/messages", new { content = "x" }, "conversationId" },
        { "POST", "/api/customer/conversations/not-a-uuid/close", new { }, "conversationId" },
        { "POST", "/api/agent/conversations/12345/accept", new { agentId = "a" }, "conversationId" },
    };

    [Theory]
    [MemberData(nameof(InvalidBodies), DisableDiscoveryEnumeration = true)]
    public async Task A_field_that_is_wrong_is_named(string method, string path, object body, string field)
    {
        await using var server = await RunningServer.StartAsync();
        Assert.Equal("POST", method);

        (await server.Rest.PostAsync(path, body)).MustFail(400, "validation", field);
    }

    [Fact]
    public async Task The_longest_values_are_accepted_counted_as_UTF16()
    {
        await using var server = await RunningServer.StartAsync();

        var id = (await server.Rest.PostAsync(Sessions, new
        {
            fingerprint = new string('f', 200),
            displayName = new string('n', 200),
            contact = new string('c', 200),
            channel = new string('w', 50),
        })).Must(200).Text("conversationId");
        var emoji = string.Concat(Enumerable.Repeat("😀", 2000));
        var message = (await server.Rest.PostAsync(
            $"/api/customer/conversations/{id}/messages",
            new { content = emoji, clientMessageId = new string('k', 100), metadata = new { a = new string('x', 4096 - 8) } })).Must(201);
        Assert.Equal(emoji, message.Text("content"));
        (await server.Rest.CustomerSendAsync(id, emoji + "x")).MustFail(400, "validation", "content");
        (await server.Rest.PostAsync($"/api/customer/conversations/{id}/close", new { reason = new string('r', 500) })).Must(200);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("{")]
    [InlineData("{\"fingerprint\":\"f\"} trailing")]
    [InlineData("{\"fingerprint\":\"\\ud800\"}")]
    public async Task A_body_that_is_not_the_JSON_object_expected_is_400(string body)
    {
        await using var server = await RunningServer.StartAsync();

        (await server.Rest.PostRawAsync(Sessions, Encoding.UTF8.GetBytes(body))).MustFail(400, "validation");
        (await server.Rest.PostAsync(Sessions, new { fingerprint = "f" })).Must(200);
    }

    [Fact]
    public async Task Invalid_UTF8_is_400()
    {
        await using var server = await RunningServer.StartAsync();

        (await server.Rest.PostRawAsync(Sessions, [.. "{\"fingerprint\":\""u8, 0xC3, 0x28, .. "\"}"u8])).MustFail(400, "validation");
        (await server.Rest.PostRawAsync(Sessions, [.. "{\"fingerprint\":\"f\",\"metadata\":{\"a\":\""u8, 0xFF, .. "\"}}"u8])).MustFail(400, "validation");
        (await server.Rest.PostRawAsync(Sessions, [.. "{\"fingerprint\":\"f\",\"unknown\":\""u8, 0xFF, .. "\"}"u8])).MustFail(400, "validation");
    }

    [Fact]
    public async Task JSON_that_is_200_levels_deep_is_400()
    {
        await using var server = await RunningServer.StartAsync();
        var deep = "{\"fingerprint\":\"f\",\"metadata\":" + Repeat("{\"a\":", 200) + "1" + Repeat("}", 200) + "}";

        (await server.Rest.PostRawAsync(Sessions, Encoding.UTF8.GetBytes(deep))).MustFail(400, "validation");

        static string Repeat(string text, int times) => string.Concat(Enumerable.Repeat(text, times));
    }

    [Theory]
    [InlineData("""{"content":5}""", "content")]
    [InlineData("""{"content":"x","content":{}}""", "content")]
    [InlineData("""{"content":"\ud800"}""", "content")]
    [InlineData("""{"content":"x","clientMessageId":[]}""", "clientMessageId")]
    [InlineData("""{"content":"x","metadata":5}""", "metadata")]
    [InlineData("""{"content":"x","metadata":{"a":[{"b":"\ud800"}]}}""", "metadata")]
    [InlineData("""{"content":"x","metadata":{"\u0000":1}}""", "metadata")]
    [InlineData("""{"content":5} trailing""", "content")]
    [InlineData("""{"content":5,"metadata":}""", null)]
    [InlineData("""{"\ud800":1,"content":"x"}""", null)]
    [InlineData("""{"content":"x",}""", null)]
    public async Task Of_a_message_the_field_at_fault_is_named_if_the_object_is_well_formed(string body, string? field)
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");

        var refused = (await server.Rest.PostRawAsync($"/api/customer/conversations/{id}/messages", Encoding.UTF8.GetBytes(body)))
            .MustFail(400, "validation", field);
        Assert.Equal(field is not null, refused.Json.TryGetProperty("errors", out _));
    }

    [Fact]
    public async Task Metadata_is_kept_as_it_was_written_but_for_white_space()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");
        var body = """{ "metadata" : { "a" : [ 1.50 , true , null , { } , [ ] ] , "\u00e9 \\ \"" : { "b" : "x , y" } } , "content":"x" }""";

        var sent = (await server.Rest.PostRawAsync($"/api/customer/conversations/{id}/messages", Encoding.UTF8.GetBytes(body))).Must(201);

        Assert.Equal("""{"a":[1.50,true,null,{},[]],"\u00e9 \\ \"":{"b":"x , y"}}""", sent.Json.GetProperty("metadata").GetRawText());
    }

    [Fact]
    public async Task A_body_of_2_MB_is_413_and_the_server_goes_on()
    {
        await using var server = await RunningServer.StartAsync();
        var large = Encoding.UTF8.GetBytes("{\"fingerprint\":\"" + new string('x', 2 * 1024 * 1024) + "\"}");

        (await server.Rest.PostRawAsync(Sessions, large)).MustFail(413, "payload_too_large");
        (await server.Rest.PostAsync(Sessions, new { fingerprint = "f" })).Must(200);
    }

    /// <summary>Who sends more than is worth reading is told to open another connection.</summary>
    [Fact]
    public async Task A_body_that_does_not_end_is_413_and_the_connection_is_closed()
    {
        await using var server = await RunningServer.StartAsync();
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, server.RestAddress.Port, TestContext.Current.CancellationToken);
        var stream = socket.GetStream();

        await stream.WriteAsync(
            Encoding.ASCII.GetBytes($"POST {Sessions} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {16 * 1024 * 1024}\r\n\r\n"),
            TestContext.Current.CancellationToken);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(new string('x', 8 * 1024 * 1024)), TestContext.Current.CancellationToken).AsTask().Soon();

        var reader = new StreamReader(stream);
        Assert.StartsWith("HTTP/1.1 413", await reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().Soon(), StringComparison.Ordinal);
        var headers = new List<string>();
        while (await reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().Soon() is { Length: > 0 } header)
            headers.Add(header);
        Assert.Contains("Connection: close", headers);
    }

    [Fact]
    public async Task A_body_of_64_KiB_is_read_and_one_byte_more_is_not()
    {
        await using var server = await RunningServer.StartAsync();
        var fits = Encoding.UTF8.GetBytes("{\"fingerprint\":\"f\"}".PadRight(64 * 1024));

        (await server.Rest.PostRawAsync(Sessions, fits)).Must(200);
        (await server.Rest.PostRawAsync(Sessions, [.. fits, (byte)' '])).MustFail(413, "payload_too_large");
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/xml")]
    [InlineData("application/json; charset=utf-16")]
    public async Task Another_content_type_is_415(string contentType)
    {
        await using var server = await RunningServer.StartAsync();

        (await server.Rest.PostRawAsync(Sessions, "{\"fingerprint\":\"f\"}"u8.ToArray(), contentType)).MustFail(415, "unsupported_media_type");
    }

    [Fact]
    public async Task A_body_that_says_it_is_too_large_is_not_waited_for()
    {
        await using var server = await RunningServer.StartAsync();
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync("127.0.0.1", server.RestAddress.Port, TestContext.Current.CancellationToken).AsTask().Soon();
        await client.GetStream().WriteAsync("POST /api/customer/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 70000\r\n\r\n{"u8.ToArray(), TestContext.Current.CancellationToken);

        var answer = new byte[4096];
        var read = await client.GetStream().ReadAsync(answer, TestContext.Current.CancellationToken).AsTask().Soon();

        Assert.StartsWith("HTTP/1.1 413", System.Text.Encoding.ASCII.GetString(answer, 0, read), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_compressed_body_is_415()
    {
        await using var server = await RunningServer.StartAsync();
        using var body = new ByteArrayContent("{\"fingerprint\":\"f\"}"u8.ToArray());
        body.Headers.ContentEncoding.Add("gzip");

        (await server.Rest.SendAsync(HttpMethod.Post, Sessions, body)).MustFail(415, "unsupported_media_type");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("application/json")]
    [InlineData("application/json; charset=UTF-8")]
    [InlineData("application/vnd.api+json")]
    public async Task JSON_is_JSON_also_without_a_content_type(string? contentType)
    {
        await using var server = await RunningServer.StartAsync();

        (await server.Rest.PostRawAsync(Sessions, "{\"fingerprint\":\"f\"}"u8.ToArray(), contentType)).Must(200);
    }

    [Fact]
    public async Task A_conversation_that_never_existed_is_404()
    {
        await using var server = await RunningServer.StartAsync();

        (await server.Rest.CustomerSendAsync(Unknown, "x")).MustFail(404, "not_found");
        (await server.Rest.AgentSendAsync(Unknown, "x")).MustFail(404, "not_found");
        (await server.Rest.AcceptAsync(Unknown)).MustFail(404, "not_found");
        (await server.Rest.PostAsync($"/api/customer/conversations/{Unknown}/close")).MustFail(404, "not_found");
        (await server.Rest.GetAsync($"/api/customer/conversations/{Unknown}")).MustFail(404, "not_found");
        (await server.Rest.GetAsync($"/api/customer/conversations/{Unknown}/messages")).MustFail(404, "not_found");
        (await server.Rest.GetAsync($"/api/agent/conversations/{Unknown}/events")).MustFail(404, "not_found");
    }

    [Fact]
    public async Task An_unknown_path_is_404_and_a_wrong_method_405_with_Allow()
    {
        await using var server = await RunningServer.StartAsync();

        (await server.Rest.GetAsync("/api/nothing")).MustFail(404, "not_found");
        var wrong = (await server.Rest.GetAsync(Sessions)).MustFail(405, "method_not_allowed");
        Assert.Equal("POST", wrong.Headers["Allow"]);
        (await server.Rest.PostAsync("/actuator/health")).MustFail(405, "method_not_allowed");
        (await server.Rest.PostAsync("/actuator/health/liveness")).MustFail(405, "method_not_allowed");
    }

    [Fact]
    public async Task The_seed_is_404_where_it_is_disabled()
    {
        await using var server = await RunningServer.StartAsync("Chat:Admin:SeedEnabled=false");

        (await server.Rest.PostAsync("/api/admin/seed")).MustFail(404, "not_found");
    }

    [Fact]
    public async Task A_caller_over_its_rate_is_429_with_Retry_After_and_health_is_exempt()
    {
        await using var server = await RunningServer.StartAsync(
            "Chat:Security:RateLimit:PermitLimit=3",
            "Chat:Security:RateLimit:TokensPerSecond=1");

        Answer answer;
        var calls = 0;
        do
        {
            answer = await server.Rest.GetAsync("/api/agent/queue");
            calls++;
        }
        while (answer.Status == 200 && calls < 100);

        answer.MustFail(429, "rate_limited");
        Assert.True(int.Parse(answer.Headers["Retry-After"], System.Globalization.CultureInfo.InvariantCulture) >= 1);
        (await server.Rest.GetAsync("/actuator/health")).Must(200);
    }

    [Fact]
    public async Task A_request_that_is_not_HTTP_disturbs_nobody()
    {
        await using var server = await RunningServer.StartAsync();
        using (var socket = new TcpClient())
        {
            await socket.ConnectAsync(IPAddress.Loopback, server.RestAddress.Port, TestContext.Current.CancellationToken);
            var stream = socket.GetStream();
            await stream.WriteAsync("\0\u0001 nonsense\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
            var answer = await new StreamReader(stream).ReadToEndAsync(TestContext.Current.CancellationToken).Soon();
            Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
        }

        (await server.Rest.GetAsync("/actuator/health")).Must(200);
    }

    [Fact]
    public async Task The_two_ports_do_not_answer_for_each_other()
    {
        await using var server = await RunningServer.StartAsync();
        using var gateway = new RestClient(server.GatewayAddress);

        (await gateway.GetAsync("/api/agent/queue")).MustFail(404, "not_found");
        (await gateway.GetAsync("/api/agent/queue", ("Host", server.RestAddress.Authority))).MustFail(404, "not_found");
        (await gateway.GetAsync("/actuator/health")).MustFail(404, "not_found");
        (await server.Rest.GetAsync("/socket.io/?EIO=4&transport=polling")).MustFail(404, "not_found");
    }

    [Fact]
    public async Task Health_says_which_part_is_up()
    {
        await using var server = await RunningServer.StartAsync();

        foreach (var path in new[] { "/actuator/health", "/actuator/health/liveness", "/actuator/health/readiness" })
        {
            var health = (await server.Rest.GetAsync(path)).Must(200);
            Assert.Equal("UP", health.Text("status"));
        }

        var all = (await server.Rest.GetAsync("/actuator/health")).Must(200);
        Assert.Equal("UP", all.Json.GetProperty("components").GetProperty("store").GetProperty("status").GetString());
    }

    [Fact]
    public async Task The_seed_fills_the_queue()
    {
        await using var server = await RunningServer.StartAsync();

        var seeded = (await server.Rest.PostAsync("/api/admin/seed", new { count = 25 })).Must(201);
        Assert.Equal(25, seeded.Json.GetProperty("created").GetInt32());
        Assert.Equal(25, seeded.Json.GetProperty("conversationIds").GetArrayLength());
        (await server.Rest.PostAsync("/api/admin/seed")).Must(201);
        Assert.Equal("35", (await server.Rest.GetAsync("/api/agent/queue")).Must(200).Headers["X-Total-Count"]);
    }
}
