using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using LiveChat.Tests.Support;

namespace LiveChat.Tests.Security;

/// <summary>What somebody tries who means harm. Each time a visitor beside it goes on as if nothing were.</summary>
public class AttackTests
{
    [Fact]
    public async Task Unfinished_requests_and_handshakes_keep_nobody_out()
    {
        const int Many = 2000;
        await using var scene = await TrustScene.StartAsync();
        await using var bystander = await BystanderAsync(scene);
        var open = new List<TcpClient>();
        try
        {
            for (var i = 0; i < Many; i++)
            {
                var client = new TcpClient();
                open.Add(client);
                var gateway = i % 2 == 0;
                await client.ConnectAsync(IPAddress.Loopback, (gateway ? scene.Server.GatewayAddress : scene.Server.RestAddress).Port, TestContext.Current.CancellationToken).AsTask().Soon();
                await client.GetStream().WriteAsync(
                    Encoding.ASCII.GetBytes(gateway ? "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nUpgrade: web" : "POST /api/customer/sessions HTTP/1.1\r\nHost: x\r\nContent-Le"),
                    TestContext.Current.CancellationToken);
            }

            await HearAsync(bystander);
            (await scene.Server.Rest.PostAsync("/api/customer/sessions", new { fingerprint = "late" })).Must(200);
        }
        finally
        {
            open.ForEach(client => client.Dispose());
        }

        // Sessions that are begun and never joined are counted by address.
        using var http = new HttpClient { BaseAddress = scene.Server.GatewayAddress };
        var statuses = new Dictionary<HttpStatusCode, int>();
        for (var i = 0; i < Many; i++)
        {
            using var answer = await http.GetAsync(new Uri("/socket.io/?EIO=4&transport=polling", UriKind.Relative), TestContext.Current.CancellationToken).Soon();
            statuses[answer.StatusCode] = statuses.GetValueOrDefault(answer.StatusCode) + 1;
        }

        Assert.Contains(HttpStatusCode.TooManyRequests, statuses.Keys);
        Assert.All(statuses.Keys, status => Assert.Contains(status, new[] { HttpStatusCode.OK, HttpStatusCode.TooManyRequests }));
        await HearAsync(bystander);
    }

    [Fact]
    public async Task Ten_thousand_namespaces_are_ten_thousand_refusals_or_the_end_of_who_asks()
    {
        await using var scene = await TrustScene.StartAsync();
        await using var bystander = await BystanderAsync(scene);
        await using var attacker = await BystanderAsync(scene);
        try
        {
            for (var i = 0; i < 10_000; i++)
                await attacker.SendRawAsync($"40/namespace-{i},");
        }
        catch (System.Net.WebSockets.WebSocketException)
        {
            // It was shown out.
        }

        await HearAsync(bystander);
    }

    [Theory]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("\"><img src=x onerror=alert(1)>")]
    [InlineData("x\r\nSet-Cookie: stolen=1\r\n\r\n<html>")]
    [InlineData("\u202Egnp.exe\u0007\u001b[31m")]
    [InlineData("{{7*7}} ${7*7} '; DROP TABLE conversation; --")]
    public async Task What_people_write_is_text_in_every_field(string text)
    {
        await using var server = await RunningServer.StartAsync();
        var started = await server.Rest.PostAsync("/api/customer/sessions", new { fingerprint = text, displayName = text, contact = text, channel = text[..Math.Min(text.Length, 50)], metadata = new { text } });
        MustBeText(started.Must(200));
        var id = started.Text("conversationId");
        Assert.Equal(text, started.Json.GetProperty("conversation").GetProperty("customer").GetProperty("displayName").GetString());
        MustBeText((await server.Rest.PostAsync($"/api/agent/conversations/{id}/accept", new { agentId = text, displayName = text })).Must(200));
        MustBeText((await server.Rest.PostAsync($"/api/customer/conversations/{id}/messages", new { content = text, clientMessageId = text, metadata = new { text } })).Must(201));
        MustBeText((await server.Rest.PostAsync($"/api/agent/conversations/{id}/close", new { reason = text })).Must(200));
        var log = (await server.Rest.GetAsync($"/api/customer/conversations/{id}/events")).Must(200);
        MustBeText(log);
        Assert.Contains(log.Json.EnumerateArray(), entry => entry.GetProperty("event").GetString() == "chat:message"
            && entry.GetProperty("payload").GetProperty("message").GetProperty("content").GetString() == text);
        Assert.DoesNotContain(server.Log.Lines, line => line.Message.Contains(text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Ids_that_are_guessed_or_malformed_tell_nothing()
    {
        await using var scene = await TrustScene.StartAsync();
        var (_, customer) = await scene.ConversationAsync(isHeld: true);
        var own = scene.Credentials("its customer", customer).ToArray();
        foreach (var (id, status) in new[] { ($"{Guid.NewGuid()}", 404), ("..%2f..%2fadmin", 400), ("1", 400), ("%00", 400), (new string('a', 5000), 400) })
            Assert.Equal(status, (await scene.Server.Rest.GetAsync($"/api/customer/conversations/{id}/messages", own)).Status);
        foreach (var sid in new[] { "AAAAAAAAAAAAAAAAAAAAAAAA", "..", "%00" })
        {
            using var http = new HttpClient { BaseAddress = scene.Server.GatewayAddress };
            using var answer = await http.GetAsync(new Uri($"/socket.io/?EIO=4&transport=polling&sid={sid}", UriKind.Relative), TestContext.Current.CancellationToken).Soon();
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        }
    }

    private static async Task<RawSocket> BystanderAsync(TrustScene scene)
    {
        var started = (await scene.Server.Rest.PostAsync("/api/customer/sessions", new { fingerprint = Guid.NewGuid().ToString() })).Must(200);
        var socket = await RawSocket.ConnectAsync(scene.Server, "role=customer", new { token = started.Text("sessionToken") });
        await socket.NextAsync("SESSION_READY");
        return socket;
    }

    private static async Task HearAsync(RawSocket bystander)
    {
        var sent = await bystander.AskAsync("chat:send", new { content = "still here" });
        Assert.Equal(JsonValueKind.Object, sent.GetProperty("message").ValueKind);
        await bystander.NextAsync("chat:message");
    }

    private static void MustBeText(Answer answer)
    {
        Assert.StartsWith("application/json", answer.Headers["Content-Type"], StringComparison.Ordinal);
        Assert.Equal("nosniff", answer.Headers["X-Content-Type-Options"]);
        Assert.False(answer.Headers.ContainsKey("Set-Cookie"));
    }
}
