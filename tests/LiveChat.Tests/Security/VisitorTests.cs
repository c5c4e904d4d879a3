using System.Security.Cryptography;
using System.Text;
using LiveChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace LiveChat.Tests.Security;

/// <summary>Visitors without an account: what they are given, what it reaches, and what a guessed fingerprint does not.</summary>
public class VisitorTests
{
    private const string Sessions = "/api/customer/sessions";
    private const string Secret = "a-secret-of-the-website";

    [Fact]
    public async Task A_first_call_gives_a_token_that_is_the_visitor_from_then_on()
    {
        await using var scene = await TrustScene.StartAsync();
        var rest = scene.Server.Rest;
        var started = (await rest.PostAsync(Sessions, new { fingerprint = "visitor-1" })).Must(200);
        var (id, token) = (started.Text("conversationId"), started.Text("sessionToken"));

        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$", started.Text("sessionTokenExpiresAt"));
        Assert.DoesNotContain("visitor-1", Encoding.UTF8.GetString(Convert.FromBase64String(Padded(token))), StringComparison.Ordinal);
        (await rest.PostAsync($"/api/customer/conversations/{id}/messages", new { content = "Hi" }, TrustScene.Bearer(token))).Must(201);
        (await rest.GetAsync($"/api/customer/conversations/{id}", ("X-Session-Token", token))).Must(200);
        (await rest.GetAsync($"/api/customer/conversations/{id}", ("X-API-Key", token))).MustFail(401, "unauthenticated");
        (await rest.GetAsync("/api/agent/queue", TrustScene.Bearer(token))).MustFail(403, "forbidden");

        var resumed = (await rest.PostAsync(Sessions, new { fingerprint = "visitor-1" }, TrustScene.Bearer(token))).Must(200);
        Assert.True(resumed.Json.GetProperty("resumed").GetBoolean());
        Assert.Equal(id, resumed.Text("conversationId"));
        (await rest.GetAsync($"/api/customer/conversations/{id}", TrustScene.Bearer(resumed.Text("sessionToken")))).Must(200);

        // The token says whose it is; another fingerprint is somebody else's.
        Assert.Equal(id, (await rest.PostAsync(Sessions, new { }, TrustScene.Bearer(token))).Must(200).Text("conversationId"));
        (await rest.PostAsync(Sessions, new { fingerprint = "visitor-2" }, TrustScene.Bearer(token))).MustFail(403, "forbidden");
    }

    [Fact]
    public async Task A_guessed_fingerprint_opens_nothing_neither_what_was_nor_what_will_be()
    {
        await using var scene = await TrustScene.StartAsync();
        var rest = scene.Server.Rest;
        var first = (await rest.PostAsync(Sessions, new { fingerprint = "victim", displayName = "Jane" })).Must(200);
        var refused = (await rest.PostAsync(Sessions, new { fingerprint = "victim", displayName = "Eve" })).MustFail(403, "forbidden");
        Assert.DoesNotContain("Jane", refused.Json.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain(first.Text("conversationId"), refused.Json.GetRawText(), StringComparison.Ordinal);
        (await rest.PostAsync($"/api/customer/conversations/{first.Text("conversationId")}/close", null, TrustScene.Bearer(first.Text("sessionToken")))).Must(200);

        // The next chain reaches its own conversation, and not the one before.
        var second = (await rest.PostAsync(Sessions, new { fingerprint = "victim" })).Must(200);
        (await rest.GetAsync($"/api/customer/conversations/{first.Text("conversationId")}", TrustScene.Bearer(second.Text("sessionToken")))).MustFail(403, "forbidden");
        (await rest.PostAsync(Sessions, new { fingerprint = "victim" }, TrustScene.Bearer(first.Text("sessionToken")))).MustFail(403, "forbidden");
        (await rest.GetAsync($"/api/customer/conversations/{first.Text("conversationId")}", TrustScene.Bearer(first.Text("sessionToken")))).Must(200);

        // A client message id of the one is nothing to the other.
        (await rest.PostAsync(
            $"/api/customer/conversations/{second.Text("conversationId")}/messages",
            new { content = "secret", clientMessageId = "m1" },
            TrustScene.Bearer(second.Text("sessionToken")))).Must(201);
        (await rest.PostAsync(
            $"/api/customer/conversations/{second.Text("conversationId")}/messages",
            new { content = "secret", clientMessageId = "m1" },
            TrustScene.Bearer(first.Text("sessionToken")))).MustFail(403, "forbidden");
    }

    [Fact]
    public async Task Of_many_first_calls_for_one_fingerprint_one_is_let_in()
    {
        await using var scene = await TrustScene.StartAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => scene.Server.Rest.PostAsync(Sessions, new { fingerprint = "race" })));

        Assert.Equal(1, answers.Count(answer => answer.Status == 200));
        Assert.All(answers.Where(answer => answer.Status != 200), answer => answer.MustFail(403, "forbidden"));
    }

    [Fact]
    public async Task A_lost_answer_is_given_again_to_who_repeats_the_call_by_its_key()
    {
        await using var scene = await TrustScene.StartAsync();
        var rest = scene.Server.Rest;
        var key = ("Idempotency-Key", "0123456789abcdef");
        (await rest.PostAsync(Sessions, new { fingerprint = "f" }, ("Idempotency-Key", "0123456789abcde"))).MustFail(400, "validation");
        var first = (await rest.PostAsync(Sessions, new { fingerprint = "f" }, key)).Must(200);
        var again = (await rest.PostAsync(Sessions, new { fingerprint = "f", displayName = "Other" }, key)).Must(200);

        Assert.Equal(first.Text("conversationId"), again.Text("conversationId"));
        Assert.False(again.Json.GetProperty("resumed").GetBoolean());
        Assert.Equal(1, again.Json.GetProperty("conversation").GetProperty("lastSequence").GetInt64());
        (await rest.GetAsync($"/api/customer/conversations/{first.Text("conversationId")}", TrustScene.Bearer(again.Text("sessionToken")))).Must(200);
        (await rest.PostAsync(Sessions, new { fingerprint = "f" }, ("Idempotency-Key", "0123456789abcdeX"))).MustFail(403, "forbidden");

        // Only the call that began the conversation sets the key, and only while it is active.
        (await rest.PostAsync(Sessions, new { fingerprint = "f" }, key, TrustScene.Bearer(first.Text("sessionToken")))).Must(200);
        (await rest.PostAsync($"/api/customer/conversations/{first.Text("conversationId")}/close", null, TrustScene.Bearer(first.Text("sessionToken")))).Must(200);
        var next = (await rest.PostAsync(Sessions, new { fingerprint = "f" }, key)).Must(200);
        Assert.NotEqual(first.Text("conversationId"), next.Text("conversationId"));
        (await rest.GetAsync($"/api/customer/conversations/{first.Text("conversationId")}", TrustScene.Bearer(next.Text("sessionToken")))).MustFail(403, "forbidden");
    }

    [Fact]
    public async Task A_token_ends_is_renewed_for_a_while_and_then_is_nothing()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        using var issuer = new TestIssuer();
        await using var server = await RunningServer.StartAsync(
            services => services.AddSingleton<TimeProvider>(clock),
            [.. issuer.Settings, "Chat:Security:SessionToken:Lifetime=00:01:00", "Chat:Security:SessionToken:Renewal=01:00:00", "Chat:Queue:EntryTtl=1.00:00:00"]);
        var started = (await server.Rest.PostAsync(Sessions, new { fingerprint = "f" })).Must(200);
        var (id, token) = (started.Text("conversationId"), TrustScene.Bearer(started.Text("sessionToken")));
        (await server.Rest.GetAsync($"/api/customer/conversations/{id}", token)).Must(200);

        clock.Advance(TimeSpan.FromSeconds(61));
        (await server.Rest.GetAsync($"/api/customer/conversations/{id}", token)).MustFail(401, "unauthenticated");
        var renewed = (await server.Rest.PostAsync(Sessions, new { fingerprint = "f" }, token)).Must(200);
        Assert.Equal(id, renewed.Text("conversationId"));
        (await server.Rest.GetAsync($"/api/customer/conversations/{id}", TrustScene.Bearer(renewed.Text("sessionToken")))).Must(200);
        (await server.Rest.GetAsync($"/api/customer/conversations/{id}", token)).MustFail(401, "unauthenticated");

        clock.Advance(TimeSpan.FromHours(1));
        (await server.Rest.PostAsync(Sessions, new { fingerprint = "f" }, token)).MustFail(401, "unauthenticated");
    }

    [Fact]
    public async Task What_has_run_out_of_time_is_in_nobodys_way()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        using var issuer = new TestIssuer();
        await using var server = await RunningServer.StartAsync(
            services => services.AddSingleton<TimeProvider>(clock), [.. issuer.Settings, "Chat:Queue:EntryTtl=00:01:00", "Chat:Housekeeping:Interval=01:00:00"]);
        var first = (await server.Rest.PostAsync(Sessions, new { fingerprint = "f" })).Must(200).Text("conversationId");
        clock.Advance(TimeSpan.FromSeconds(61));
        Assert.NotEqual(first, (await server.Rest.PostAsync(Sessions, new { fingerprint = "f" })).Must(200).Text("conversationId"));
    }

    [Fact]
    public async Task Tokens_hold_across_a_restart()
    {
        var folder = Directory.CreateTempSubdirectory("livechat-test-").FullName;
        using var issuer = new TestIssuer();
        string id, token;
        await using (var server = await RunningServer.StartInAsync(folder, null, issuer.Settings))
        {
            var started = (await server.Rest.PostAsync(Sessions, new { fingerprint = "f" }, ("Idempotency-Key", "0123456789abcdef"))).Must(200);
            (id, token) = (started.Text("conversationId"), started.Text("sessionToken"));
        }

        await using (var server = await RunningServer.StartInAsync(folder, null, issuer.Settings))
        {
            (await server.Rest.GetAsync($"/api/customer/conversations/{id}", TrustScene.Bearer(token))).Must(200);
            Assert.Equal(id, (await server.Rest.PostAsync(Sessions, new { fingerprint = "f" }, ("Idempotency-Key", "0123456789abcdef"))).Must(200).Text("conversationId"));
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_website_vouches_for_its_visitors()
    {
        await using var scene = await TrustScene.StartAsync($"Chat:Security:Identity:Secrets:0=the-secret-from-before", $"Chat:Security:Identity:Secrets:1={Secret}");
        var rest = scene.Server.Rest;
        var anonymous = (await rest.PostAsync(Sessions, new { fingerprint = "known" })).Must(200);
        var vouched = (await rest.PostAsync(Sessions, new { fingerprint = "known", identityHash = Hash("known") })).Must(200);

        // All of the fingerprint's conversations, from any device; and who began without it keeps its own.
        Assert.Equal(anonymous.Text("conversationId"), vouched.Text("conversationId"));
        (await rest.GetAsync($"/api/customer/conversations/{anonymous.Text("conversationId")}", TrustScene.Bearer(vouched.Text("sessionToken")))).Must(200);
        (await rest.GetAsync($"/api/customer/conversations/{anonymous.Text("conversationId")}", TrustScene.Bearer(anonymous.Text("sessionToken")))).Must(200);
        (await rest.PostAsync($"/api/customer/conversations/{anonymous.Text("conversationId")}/close", null, TrustScene.Bearer(vouched.Text("sessionToken")))).Must(200);
        var next = (await rest.PostAsync(Sessions, new { fingerprint = "known", identityHash = Hash("known") })).Must(200);
        (await rest.GetAsync($"/api/customer/conversations/{anonymous.Text("conversationId")}", TrustScene.Bearer(next.Text("sessionToken")))).Must(200);
        (await rest.GetAsync($"/api/customer/conversations/{next.Text("conversationId")}", TrustScene.Bearer(anonymous.Text("sessionToken")))).MustFail(403, "forbidden");

        foreach (var wrong in new[] { Hash("known").ToUpperInvariant(), Hash("other"), "x", new string('0', 64) })
            (await rest.PostAsync(Sessions, new { fingerprint = "known", identityHash = wrong })).MustFail(401, "unauthenticated");
    }

    [Fact]
    public async Task Where_the_websites_word_is_required_a_token_stands_for_it()
    {
        await using var scene = await TrustScene.StartAsync($"Chat:Security:Identity:Secrets:0={Secret}", "Chat:Security:Identity:Required=true");
        var rest = scene.Server.Rest;
        (await rest.PostAsync(Sessions, new { fingerprint = "f" })).MustFail(401, "unauthenticated");
        var started = (await rest.PostAsync(Sessions, new { fingerprint = "f", identityHash = Hash("f") })).Must(200);
        (await rest.PostAsync(Sessions, new { fingerprint = "f" }, TrustScene.Bearer(started.Text("sessionToken")))).Must(200);
    }

    [Fact]
    public async Task Without_anonymous_visitors_a_credential_is_needed()
    {
        await using var scene = await TrustScene.StartAsync("Chat:Security:AnonymousCustomers=false");
        (await scene.Server.Rest.PostAsync(Sessions, new { fingerprint = "f" })).MustFail(401, "unauthenticated");
        var own = (await scene.Server.Rest.PostAsync(Sessions, new { }, TrustScene.Bearer(scene.Issuer.Token("f", "customer")))).Must(200);
        Assert.Equal("Name of f", own.Json.GetProperty("conversation").GetProperty("customer").GetProperty("displayName").GetString());
        Assert.Equal(System.Text.Json.JsonValueKind.Null, own.Json.GetProperty("sessionToken").ValueKind);
    }

    [Fact]
    public async Task With_authentication_off_nothing_is_judged_and_no_token_given()
    {
        await using var server = await RunningServer.StartAsync();
        var answer = (await server.Rest.PostAsync(
            Sessions, new { fingerprint = "f", identityHash = "wrong" }, ("Idempotency-Key", "short"), TrustScene.Bearer("nonsense"))).Must(200);
        Assert.Equal(System.Text.Json.JsonValueKind.Null, answer.Json.GetProperty("sessionToken").ValueKind);
        Assert.Equal(System.Text.Json.JsonValueKind.Null, answer.Json.GetProperty("sessionTokenExpiresAt").ValueKind);
    }

    private static string Hash(string fingerprint) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.UTF8.GetBytes(fingerprint)));

    private static string Padded(string base64Url)
    {
        var text = base64Url.Replace('-', '+').Replace('_', '/');
        return text.PadRight((text.Length + 3) / 4 * 4, '=');
    }
}
