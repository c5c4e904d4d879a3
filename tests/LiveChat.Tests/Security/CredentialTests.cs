using LiveChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace LiveChat.Tests.Security;

/// <summary>Credentials that are not good: each is 401 over REST and <c>unauthenticated</c> on a socket, whatever is wrong with it.</summary>
public class CredentialTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    internal static readonly Dictionary<string, Func<TestIssuer, string>> Bad = new()
    {
        ["expired"] = issuer => issuer.Token("holder", "agent", claims => claims["exp"] = TestIssuer.In(-Hour)),
        ["not valid yet"] = issuer => issuer.Token("holder", "agent", claims => claims["nbf"] = TestIssuer.In(Hour)),
        ["without an end"] = issuer => issuer.Token("holder", "agent", claims => claims.Remove("exp")),
        ["an end beyond all time, and the wrong issuer"] = issuer => issuer.Token("holder", "agent", claims => (claims["exp"], claims["iss"]) = (1e300, "x")),
        ["an end that is no time"] = issuer => issuer.Token("holder", "agent", claims => claims["exp"] = "tomorrow"),
        ["a negative end"] = issuer => issuer.Token("holder", "agent", claims => claims["exp"] = long.MinValue),
        ["a beginning beyond all time"] = issuer => issuer.Token("holder", "agent", claims => claims["nbf"] = long.MaxValue),
        ["without an id"] = issuer => issuer.Token("holder", "agent", claims => claims.Remove("sub")),
        ["an empty id"] = issuer => issuer.Token(" ", "agent"),
        ["an id that is too long"] = issuer => issuer.Token(new string('x', 201), "agent"),
        ["wrong audience"] = issuer => issuer.Token("holder", "agent", claims => claims["aud"] = "another"),
        ["without an audience"] = issuer => issuer.Token("holder", "agent", claims => claims.Remove("aud")),
        ["wrong issuer"] = issuer => issuer.Token("holder", "agent", claims => claims["iss"] = "https://another.example"),
        ["tampered"] = issuer => issuer.TamperedToken("holder", "agent"),
        ["alg:none"] = issuer => issuer.UnsignedToken("holder", "agent"),
        ["signed with a public key"] = issuer => issuer.ConfusedToken("holder", "agent"),
        ["signed by another"] = issuer => issuer.ForgedToken("holder", "agent"),
        ["an extension that nobody knows"] = issuer => issuer.CriticalToken("holder", "agent"),
        ["no token at all"] = _ => "hello",
        ["an unknown key"] = _ => "lck_" + new string('0', 64),
        ["dots"] = _ => "..",
        ["no text"] = _ => "\"\\{}",
        ["100 KB long"] = _ => new string('a', 100 * 1024),
    };

    public static TheoryData<string> Kinds => [.. Bad.Keys];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_bad_credential_is_refused_and_nothing_is_said_of_it(string kind)
    {
        await using var scene = await TrustScene.StartAsync();
        var (id, _) = await scene.ConversationAsync(isHeld: true);
        var token = Bad[kind](scene.Issuer);

        // Before all else: neither the path nor the body are right.
        var answer = await scene.Server.Rest.PostAsync("/api/agent/conversations/no-id/messages", new { content = 5 }, TrustScene.Bearer(token));
        answer.MustFail(401, "unauthenticated");
        Assert.Equal("Bearer", answer.Headers["WWW-Authenticate"].Split(' ')[0]);
        if (kind != "no text")
            (await scene.Server.Rest.GetAsync($"/api/agent/conversations/{id}", ("X-API-Key", token))).MustFail(401, "unauthenticated");
        var refused = await RawSocket.RefusedAsync(scene.Server, $"role=agent&conversationId={id}", new { token });
        Assert.Equal("unauthenticated", refused.GetProperty("data").GetProperty("code").GetString());
        Assert.DoesNotContain(scene.Server.Log.Lines, line => token.Length > 5 && line.ToString().Contains(token, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("https://issuer.example", "agent-7", "agent")]
    [InlineData("text", "7", "supervisor,agent")]
    public async Task What_is_good_is_let_in_however_roles_are_written(string _, string id, string roles)
    {
        await using var scene = await TrustScene.StartAsync();
        foreach (var written in new object[] { roles.Replace(',', ' '), roles.Split(','), $"other {roles.Replace(',', ' ')} more" })
            (await scene.Server.Rest.GetAsync("/api/agent/queue", TrustScene.Bearer(scene.Issuer.Token(id, written)))).Must(200);
    }

    [Fact]
    public async Task Clocks_may_differ_a_little_and_no_more()
    {
        await using var scene = await TrustScene.StartAsync("Chat:Security:Jwt:ClockSkew=00:00:30");
        foreach (var (offset, status) in new[] { (-20, 200), (-40, 401) })
        {
            var token = scene.Issuer.Token("a", "agent", claims => claims["exp"] = TestIssuer.In(TimeSpan.FromSeconds(offset)));
            (await scene.Server.Rest.GetAsync("/api/agent/queue", TrustScene.Bearer(token))).Must(status);
        }

        var early = scene.Issuer.Token("a", "agent", claims => claims["nbf"] = TestIssuer.In(TimeSpan.FromSeconds(20)));
        (await scene.Server.Rest.GetAsync("/api/agent/queue", TrustScene.Bearer(early))).Must(200);
    }

    [Fact]
    public async Task A_token_that_was_good_ends_when_it_says()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        using var issuer = new TestIssuer();
        await using var server = await RunningServer.StartAsync(services => services.AddSingleton<TimeProvider>(clock), issuer.Settings);
        var token = issuer.Token("a", "agent", claims => claims["exp"] = clock.GetUtcNow().AddMinutes(1).ToUnixTimeSeconds());
        (await server.Rest.GetAsync("/api/agent/queue", TrustScene.Bearer(token))).Must(200);
        clock.Advance(TimeSpan.FromMinutes(1.4));
        (await server.Rest.GetAsync("/api/agent/queue", TrustScene.Bearer(token))).Must(200);
        clock.Advance(TimeSpan.FromSeconds(10));
        (await server.Rest.GetAsync("/api/agent/queue", TrustScene.Bearer(token))).MustFail(401, "unauthenticated");
    }

    [Fact]
    public async Task Two_credentials_must_be_of_one_principal()
    {
        await using var scene = await TrustScene.StartAsync();
        var (one, two) = (scene.Issuer.Token("one", "agent"), scene.Issuer.Token("two", "agent"));
        var start = (await scene.Server.Rest.PostAsync("/api/customer/sessions", new { fingerprint = "visitor" })).Must(200);

        (await scene.Server.Rest.GetAsync("/api/agent/queue", TrustScene.Bearer(one), ("X-API-Key", "key-for-agents-0123456789abcdef"))).MustFail(401, "unauthenticated");
        (await scene.Server.Rest.GetAsync("/api/agent/queue", TrustScene.Bearer(one), ("X-Session-Token", start.Text("sessionToken")))).MustFail(401, "unauthenticated");
        (await scene.Server.Rest.GetAsync("/api/agent/queue", TrustScene.Bearer(two), ("X-API-Key", "wrong"))).MustFail(401, "unauthenticated");
        (await scene.Server.Rest.GetAsync("/api/agent/queue", TrustScene.Bearer("key-for-agents-0123456789abcdef"), ("X-API-Key", "key-for-agents-0123456789abcdef"))).Must(200);
    }

    [Fact]
    public async Task Whoever_names_another_is_refused_after_what_is_malformed_or_missing()
    {
        await using var scene = await TrustScene.StartAsync();
        var (held, _) = await scene.ConversationAsync(isHeld: true);
        var agent = TrustScene.Bearer(scene.Issuer.Token("holder", "agent"));
        var rest = scene.Server.Rest;

        (await rest.PostAsync($"/api/agent/conversations/{held}/messages", new { content = "Hi", agentId = "other" }, agent)).MustFail(403, "forbidden");
        (await rest.PostAsync($"/api/agent/conversations/{held}/messages", new { content = "", agentId = "other" }, agent)).MustFail(400, "validation");
        (await rest.PostAsync($"/api/agent/conversations/{Guid.NewGuid()}/messages", new { content = "Hi", agentId = "other" }, agent)).MustFail(404, "not_found");
        (await rest.GetAsync($"/api/agent/conversations/{held}/messages", agent, ("X-Agent-Id", "other"))).MustFail(403, "forbidden");
        (await rest.GetAsync($"/api/agent/conversations/{held}/messages?agentId=other", agent)).MustFail(403, "forbidden");
        (await rest.GetAsync($"/api/agent/conversations/{Guid.NewGuid()}?agentId=other", agent)).MustFail(404, "not_found");
        (await rest.GetAsync("/api/agent/conversations?agentId=other", agent)).MustFail(403, "forbidden");
        (await rest.GetAsync("/api/agent/queue?agentId=other", agent)).MustFail(403, "forbidden");
        (await rest.PostAsync("/api/agent/sessions", new { agentId = "other" }, agent)).MustFail(403, "forbidden");
        (await rest.PostAsync("/api/customer/sessions", new { fingerprint = "other" }, TrustScene.Bearer(scene.Issuer.Token("me", "customer")))).MustFail(403, "forbidden");

        // Wherever it stands, whatever else names it right.
        (await rest.PostAsync($"/api/agent/conversations/{held}/messages", new { content = "Hi", agentId = "holder" }, agent, ("X-Agent-Id", "other"))).MustFail(403, "forbidden");
        (await rest.PostAsync($"/api/agent/conversations/{held}/messages?agentId=other", new { content = "Hi", agentId = "holder" }, agent)).MustFail(403, "forbidden");
        (await rest.GetAsync($"/api/agent/conversations/{held}?agentId=other", agent, ("X-Agent-Id", "holder"))).MustFail(403, "forbidden");
        (await rest.GetAsync($"/api/agent/conversations/{held}?agentId=holder", agent, ("X-Agent-Id", "holder"))).Must(200);

        // Itself it may name, and the name that the issuer knows stands where it gives none.
        var session = (await rest.PostAsync("/api/agent/sessions", new { agentId = "holder" }, agent)).Must(200);
        Assert.Equal("Name of holder", session.Json.GetProperty("agent").GetProperty("displayName").GetString());
    }

    [Fact]
    public async Task A_supervisor_sees_and_closes_all_and_writes_to_its_own()
    {
        await using var scene = await TrustScene.StartAsync();
        var rest = scene.Server.Rest;
        var (held, _) = await scene.ConversationAsync(isHeld: true);
        var (queued, _) = await scene.ConversationAsync(isHeld: false);
        var chief = TrustScene.Bearer(scene.Issuer.Token("chief", "supervisor"));

        Assert.Equal(2, (await rest.GetAsync("/api/agent/conversations", chief)).Must(200).Json.GetArrayLength());
        Assert.Equal(1, (await rest.GetAsync("/api/agent/conversations?agentId=holder", chief)).Must(200).Json.GetArrayLength());
        (await rest.GetAsync("/api/agent/conversations", chief, ("X-Agent-Id", "holder"))).MustFail(403, "forbidden");
        (await rest.PostAsync($"/api/agent/conversations/{held}/messages", new { content = "Hi" }, chief)).MustFail(403, "forbidden");
        (await rest.PostAsync($"/api/agent/conversations/{queued}/accept", null, chief)).Must(200);
        (await rest.PostAsync($"/api/agent/conversations/{queued}/messages", new { content = "Hi" }, chief)).Must(201);
        var closed = (await rest.PostAsync($"/api/agent/conversations/{held}/close", null, chief)).Must(200);
        Assert.Equal("AGENT", closed.Text("closedBy"));
        var log = (await rest.GetAsync($"/api/agent/conversations/{held}/events", chief)).Must(200).Json;
        Assert.Equal("chief", log[log.GetArrayLength() - 1].GetProperty("payload").GetProperty("participant").GetProperty("id").GetString());
    }
}
