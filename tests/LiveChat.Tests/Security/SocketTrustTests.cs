using LiveChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace LiveChat.Tests.Security;

/// <summary>Who may open a socket, by what, and until when.</summary>
public class SocketTrustTests
{
    [Theory]
    [InlineData("auth")]
    [InlineData("query")]
    [InlineData("header")]
    [InlineData("session header")]
    public async Task A_credential_counts_wherever_a_client_can_put_it(string place)
    {
        await using var scene = await TrustScene.StartAsync();
        var started = (await scene.Server.Rest.PostAsync("/api/customer/sessions", new { fingerprint = "f" })).Must(200);
        var (id, token) = (started.Text("conversationId"), started.Text("sessionToken"));
        var query = $"role=customer&conversationId={id}" + (place == "query" ? $"&token={token}" : "");
        (string, string)[] headers = place switch
        {
            "header" => [TrustScene.Bearer(token)],
            "session header" => [("X-Session-Token", token)],

            // The first that is there is judged, the others are not looked at.
            _ => [TrustScene.Bearer("nonsense")],
        };
        await using var socket = await RawSocket.ConnectAsync(scene.Server, query, place == "auth" ? new { token } : null, headers);
        await socket.NextAsync("SESSION_READY");
        var sent = await socket.AskAsync("chat:send", new { content = "Hi" });
        Assert.Equal("f", sent.GetProperty("message").GetProperty("sender").GetProperty("id").GetString());
    }

    [Fact]
    public async Task Nobody_a_wrong_role_and_what_is_not_ones_own_are_refused()
    {
        await using var scene = await TrustScene.StartAsync();
        var (id, customer) = await scene.ConversationAsync(isHeld: true);
        var (queued, _) = await scene.ConversationAsync(isHeld: false);
        foreach (var (query, caller, code) in new[]
        {
            ($"role=customer&conversationId={id}", "nobody", "unauthenticated"),
            ("role=agent&scope=queue", "nobody", "unauthenticated"),
            ("role=agent&scope=queue", "its customer", "forbidden"),
            ("role=agent&scope=queue", "admin", "forbidden"),
            ("role=agent&scope=queue&fingerprint=somebody-else", "its agent", "forbidden"),
            ($"role=customer&conversationId={id}", "its agent", "forbidden"),
            ($"role=customer&conversationId={id}", "another customer", "forbidden"),
            ($"role=customer&fingerprint={customer}", "another customer", "forbidden"),
            ($"role=customer&conversationId={id}&fingerprint=somebody-else", "its customer", "forbidden"),
            ($"role=agent&conversationId={id}", "another agent", "forbidden"),
            ($"role=agent&conversationId={queued}", "another agent", "not_accepted"),
            ($"role=agent&conversationId={queued}", "supervisor", "not_accepted"),
            ($"role=agent&conversationId={id}", "key for customers", "forbidden"),
            ("role=agent&conversationId=no-id", "its customer", "forbidden"),
            ("role=agent&conversationId=no-id", "its agent", "validation"),
            ("role=nonsense", "its agent", "validation"),
            ("role=nonsense", "nobody", "unauthenticated"),
            ($"role=agent&conversationId={Guid.NewGuid()}", "its agent", "not_found"),
        })
        {
            var refused = await RawSocket.RefusedAsync(scene.Server, query, null, [.. scene.Credentials(caller, customer)]);
            Assert.Equal((query, caller, code), (query, caller, refused.GetProperty("data").GetProperty("code").GetString()));
        }

        await using var keyed = await RawSocket.ConnectAsync(scene.Server, $"role=agent&conversationId={id}", null, [.. scene.Credentials("key for agents", customer)]);
        await keyed.NextAsync("SESSION_READY");
        await using var own = await RawSocket.ConnectAsync(scene.Server, "role=customer", null, [.. scene.Credentials("its customer", customer)]);
        Assert.Equal(id, (await own.NextAsync("SESSION_READY")).Payload.GetProperty("conversationId").GetString());
    }

    [Fact]
    public async Task A_visitors_socket_follows_its_own_chain_alone()
    {
        await using var scene = await TrustScene.StartAsync();
        var rest = scene.Server.Rest;
        var first = (await rest.PostAsync("/api/customer/sessions", new { fingerprint = "f" })).Must(200);
        await using var eve = await RawSocket.ConnectAsync(scene.Server, "role=customer&fingerprint=f", new { token = first.Text("sessionToken") });
        await eve.NextAsync("SESSION_READY");
        (await rest.PostAsync($"/api/customer/conversations/{first.Text("conversationId")}/close", null, TrustScene.Bearer(first.Text("sessionToken")))).Must(200);
        await eve.NextAsync("CONVERSATION_CLOSED");

        var second = (await rest.PostAsync("/api/customer/sessions", new { fingerprint = "f" })).Must(200);
        await using var jane = await RawSocket.ConnectAsync(scene.Server, "role=customer&fingerprint=f", new { token = second.Text("sessionToken") });
        await jane.NextAsync("SESSION_READY");
        await jane.AskAsync("chat:send", new { content = "private" });
        (await rest.PostAsync($"/api/customer/conversations/{second.Text("conversationId")}/close", null, TrustScene.Bearer(second.Text("sessionToken")))).Must(200);

        // Of the chain that the first socket is of there is a new conversation: it comes, and nothing of the other did.
        var third = (await rest.PostAsync("/api/customer/sessions", new { fingerprint = "f" }, TrustScene.Bearer(first.Text("sessionToken")))).Must(200);
        await eve.NextAsync(e => e.Payload.GetProperty("conversationId").GetString() == third.Text("conversationId"));
        Assert.DoesNotContain(eve.Seen, e => e.Payload.GetProperty("conversationId").GetString() == second.Text("conversationId"));
    }

    [Fact]
    public async Task A_supervisor_listens_in_and_is_nobody_there()
    {
        await using var scene = await TrustScene.StartAsync("Chat:Presence:DisconnectGrace=00:00:00.05");
        var (id, customer) = await scene.ConversationAsync(isHeld: true);
        await using var jane = await RawSocket.ConnectAsync(scene.Server, $"role=customer&conversationId={id}", null, [.. scene.Credentials("its customer", customer)]);
        await jane.NextAsync("SESSION_READY");
        var chief = await RawSocket.ConnectAsync(scene.Server, $"role=agent&conversationId={id}", null, [.. scene.Credentials("supervisor", customer)]);
        Assert.Equal("ASSIGNED", (await chief.NextAsync("SESSION_READY")).Status);

        await jane.AskAsync("chat:send", new { content = "Hello?" });
        await chief.NextAsync("chat:message");
        Assert.Equal("forbidden", (await chief.AskAsync("chat:send", new { content = "psst" })).GetProperty("error").GetProperty("code").GetString());
        await chief.DisposeAsync();

        // Nobody heard of it come or go: the next thing that the customer sees is what its agent says.
        (await scene.Server.Rest.PostAsync($"/api/agent/conversations/{id}/messages", new { content = "Yes" }, [.. scene.Credentials("its agent", customer)])).Must(201);
        await jane.NextAsync(e => e.Name == "chat:message" && e.Payload.GetProperty("message").GetProperty("content").GetString() == "Yes");
        Assert.Equal(["SESSION_READY", "CONVERSATION_CONNECTED"], jane.Seen.Select(e => e.Type).OfType<string>());
    }

    [Fact]
    public async Task A_credential_that_ends_ends_its_socket()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        using var issuer = new TestIssuer();
        await using var server = await RunningServer.StartAsync(
            services => services.AddSingleton<TimeProvider>(clock), [.. issuer.Settings, "Chat:Security:Jwt:ClockSkew=00:00:30"]);
        await using var socket = await RawSocket.ConnectAsync(server, "role=agent&scope=queue", new { token = Token(issuer, clock, "a", 60) });
        await socket.NextAsync("queue:snapshot");

        await PassAsync(socket, clock, 89);
        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("token_expired", (await socket.NextAsync("system:error")).Payload.GetProperty("code").GetString());
        await socket.Ended.Soon();
    }

    [Fact]
    public async Task A_socket_goes_on_by_a_new_credential_of_the_same_principal()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        using var issuer = new TestIssuer();
        await using var server = await RunningServer.StartAsync(
            services => services.AddSingleton<TimeProvider>(clock), [.. issuer.Settings, "Chat:Security:Jwt:ClockSkew=00:00:01"]);
        await using var socket = await RawSocket.ConnectAsync(server, "role=agent&scope=queue", new { token = Token(issuer, clock, "a", 60) });
        await socket.NextAsync("queue:snapshot");

        var until = clock.GetUtcNow().AddSeconds(600);
        var renewed = await socket.AskAsync("auth:refresh", new { token = Token(issuer, clock, "a", 600) });
        Assert.Equal(until.ToUnixTimeSeconds(), renewed.GetProperty("expiresAt").GetDateTimeOffset().ToUnixTimeSeconds());
        foreach (var (token, code) in new[]
        {
            (Token(issuer, clock, "b", 900), "forbidden"),
            (Token(issuer, clock, "a", 900, "customer"), "forbidden"),
            ("nonsense", "unauthenticated"),
            ("", "validation"),
        })
        {
            Assert.Equal(code, (await socket.AskAsync("auth:refresh", new { token })).GetProperty("error").GetProperty("code").GetString());
        }

        await PassAsync(socket, clock, 600);
        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("token_expired", (await socket.NextAsync("system:error")).Payload.GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_supervisors_socket_is_not_kept_by_an_agents_credential()
    {
        await using var scene = await TrustScene.StartAsync();
        var (id, _) = await scene.ConversationAsync(isHeld: true);
        await using var chief = await RawSocket.ConnectAsync(scene.Server, $"role=agent&conversationId={id}", new { token = scene.Issuer.Token("chief", "supervisor") });
        await chief.NextAsync("SESSION_READY");

        var demoted = await chief.AskAsync("auth:refresh", new { token = scene.Issuer.Token("chief", "agent") });
        Assert.Equal("forbidden", demoted.GetProperty("error").GetProperty("code").GetString());
        var renewed = await chief.AskAsync("auth:refresh", new { token = scene.Issuer.Token("chief", "agent supervisor") });
        Assert.True(renewed.TryGetProperty("expiresAt", out _), renewed.GetRawText());
        demoted = await chief.AskAsync("auth:refresh", new { token = scene.Issuer.Token("chief", "agent") });
        Assert.Equal("forbidden", demoted.GetProperty("error").GetProperty("code").GetString());
    }

    [Theory]
    [InlineData("5")]
    [InlineData("{\"a\":1}")]
    [InlineData("false")]
    public async Task A_token_that_is_no_text_is_not_good_whatever_else_is_there(string token)
    {
        await using var scene = await TrustScene.StartAsync();
        var auth = new { token = System.Text.Json.JsonDocument.Parse(token).RootElement };
        var refused = await RawSocket.RefusedAsync(scene.Server, "role=agent&scope=queue", auth, [.. scene.Credentials("its agent", "f")]);
        Assert.Equal("unauthenticated", refused.GetProperty("data").GetProperty("code").GetString());
    }

    [Fact]
    public async Task Recovery_brings_back_nobody_whose_credential_would_be_refused()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        using var issuer = new TestIssuer();
        await using var server = await RunningServer.StartAsync(services => services.AddSingleton<TimeProvider>(clock), issuer.Settings);
        var started = (await server.Rest.PostAsync("/api/customer/sessions", new { }, TrustScene.Bearer(Token(issuer, clock, "f", 600, "customer")))).Must(200);
        var query = $"role=customer&conversationId={started.Text("conversationId")}";
        string pid;
        SocketEvent ready;
        await using (var socket = await RawSocket.ConnectAsync(server.GatewayAddress, query, new { token = Token(issuer, clock, "f", 60, "customer") }, "Mozilla/5.0"))
        {
            ready = await socket.NextAsync("SESSION_READY");
            pid = socket.Connect.GetProperty("pid").GetString()!;
        }

        await using (var back = await RawSocket.ConnectAsync(
            server.GatewayAddress, query, new { pid, offset = ready.Offset, token = Token(issuer, clock, "f", 60, "customer") }, "Mozilla/5.0"))
        {
            Assert.Equal(pid, back.Connect.GetProperty("pid").GetString());
        }

        // Another principal with the same pid, one whose token has ended, and one without any.
        foreach (var (auth, code) in new (object, string)[]
        {
            (new { pid, offset = ready.Offset, token = Token(issuer, clock, "g", 60, "customer") }, "forbidden"),
            (new { pid, offset = ready.Offset, token = Token(issuer, clock, "f", -60, "customer") }, "unauthenticated"),
            (new { pid, offset = ready.Offset }, "unauthenticated"),
        })
        {
            var refused = await RawSocket.RefusedAsync(server, query, auth, ("User-Agent", "Mozilla/5.0"));
            Assert.Equal(code, refused.GetProperty("data").GetProperty("code").GetString());
        }
    }

    /// <summary>Lets time pass in steps, between which the socket answers the server's pings and is seen to be there.</summary>
    private static async Task PassAsync(RawSocket socket, FakeTimeProvider clock, int seconds)
    {
        for (var left = seconds; left > 0; left -= 10)
        {
            clock.Advance(TimeSpan.FromSeconds(Math.Min(left, 10)));
            Assert.Equal("unknown_event", (await socket.AskAsync("nothing")).GetProperty("error").GetProperty("code").GetString());
        }
    }

    private static string Token(TestIssuer issuer, FakeTimeProvider clock, string id, int seconds, string role = "agent") =>
        issuer.Token(id, role, claims => claims["exp"] = clock.GetUtcNow().AddSeconds(seconds).ToUnixTimeSeconds());
}
