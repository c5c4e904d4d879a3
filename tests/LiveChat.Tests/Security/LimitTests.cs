using System.Net;
using LiveChat.Tests.Support;

namespace LiveChat.Tests.Security;

/// <summary>Buckets of principals, of backends' calls, of handshakes and of failures.</summary>
public class LimitTests
{
    [Fact]
    public async Task A_principal_has_its_own_bucket_wherever_it_calls_from()
    {
        await using var scene = await TrustScene.StartAsync("Chat:Security:RateLimit:PermitLimit=3", "Chat:Security:RateLimit:TokensPerSecond=1");
        var (one, two) = (TrustScene.Bearer(scene.Issuer.Token("one", "agent")), TrustScene.Bearer(scene.Issuer.Token("two", "agent")));
        var limited = await UntilLimitedAsync(() => scene.Server.Rest.GetAsync("/api/agent/queue", one));
        Assert.True(int.Parse(limited.Headers["Retry-After"], System.Globalization.CultureInfo.InvariantCulture) >= 1);
        (await scene.Server.Rest.GetAsync("/api/agent/queue", two)).Must(200);
        (await scene.Server.Rest.GetAsync("/actuator/health")).Must(200);
    }

    [Fact]
    public async Task What_is_refused_counts_too()
    {
        await using var scene = await TrustScene.StartAsync("Chat:Security:RateLimit:PermitLimit=3", "Chat:Security:RateLimit:TokensPerSecond=1");
        await UntilLimitedAsync(() => scene.Server.Rest.GetAsync("/api/agent/queue"), 401);
        var customer = TrustScene.Bearer(scene.Issuer.Token("c", "customer"));
        await UntilLimitedAsync(() => scene.Server.Rest.GetAsync("/api/agent/queue", customer), 403);
        await UntilLimitedAsync(() => scene.Server.Rest.GetAsync("/api/agent/queue", ("X-API-Key", "key-for-customers-0123456789abcdef")), 403);
    }

    [Fact]
    public async Task A_backends_calls_count_for_whom_they_are()
    {
        await using var scene = await TrustScene.StartAsync("Chat:Security:RateLimit:PermitLimit=3", "Chat:Security:RateLimit:TokensPerSecond=1");
        var key = ("X-API-Key", "key-for-customers-0123456789abcdef");
        await UntilLimitedAsync(() => scene.Server.Rest.PostAsync("/api/customer/sessions", new { fingerprint = "busy" }, key));
        var other = (await scene.Server.Rest.PostAsync("/api/customer/sessions", new { fingerprint = "other" }, key)).Must(200).Text("conversationId");
        await UntilLimitedAsync(() => scene.Server.Rest.GetAsync($"/api/customer/conversations/{other}", key));
        (await scene.Server.Rest.PostAsync("/api/customer/sessions", new { fingerprint = "third" }, key)).Must(200);
    }

    [Fact]
    public async Task Who_guesses_is_slowed_down_and_who_is_known_is_not()
    {
        await using var scene = await TrustScene.StartAsync("Chat:Security:RateLimit:Failures:PermitLimit=3", "Chat:Security:RateLimit:Failures:TokensPerSecond=1");
        var known = TrustScene.Bearer(scene.Issuer.Token("known", "agent"));
        (await scene.Server.Rest.GetAsync("/api/agent/queue", known)).Must(200);
        var guesses = 0;
        var limited = await UntilLimitedAsync(() => scene.Server.Rest.GetAsync("/api/agent/queue", TrustScene.Bearer($"guess-{guesses++}")), 401);
        limited.MustFail(429, "rate_limited");
        Assert.True(limited.Headers.ContainsKey("Retry-After"));

        (await scene.Server.Rest.GetAsync("/api/agent/queue", known)).Must(200);
        (await scene.Server.Rest.PostAsync("/api/customer/sessions", new { fingerprint = "without any" })).Must(200);
        (await scene.Server.Rest.GetAsync("/api/agent/queue")).MustFail(401, "unauthenticated");
    }

    [Fact]
    public async Task A_wrong_word_of_a_website_counts_as_a_guess()
    {
        await using var scene = await TrustScene.StartAsync(
            "Chat:Security:RateLimit:Failures:PermitLimit=3", "Chat:Security:RateLimit:Failures:TokensPerSecond=1", "Chat:Security:Identity:Secrets:0=a-secret-of-the-website");
        await UntilLimitedAsync(() => scene.Server.Rest.PostAsync("/api/customer/sessions", new { fingerprint = "f", identityHash = "wrong" }), 401);
    }

    [Fact]
    public async Task Handshakes_have_a_bucket_of_their_own()
    {
        await using var server = await RunningServer.StartAsync(
            "Chat:Security:RateLimit:Handshakes:PermitLimit=3", "Chat:Security:RateLimit:Handshakes:TokensPerSecond=1");
        using var http = new HttpClient { BaseAddress = server.GatewayAddress };
        string? sid = null;
        HttpResponseMessage? last = null;
        for (var i = 0; i < 50 && last?.StatusCode != HttpStatusCode.TooManyRequests; i++)
        {
            last?.Dispose();
            last = await http.GetAsync(new Uri("/socket.io/?EIO=4&transport=polling", UriKind.Relative), TestContext.Current.CancellationToken).Soon();
            if (last.IsSuccessStatusCode)
                sid ??= (await last.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Split("\"sid\":\"")[1].Split('"')[0];
        }

        using (last)
        {
            Assert.Equal(HttpStatusCode.TooManyRequests, last!.StatusCode);
            Assert.True(last.Headers.RetryAfter?.Delta >= TimeSpan.FromSeconds(1));
            Assert.Equal("""{"code":4,"message":"Too many handshakes"}""", await last.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        }

        // What goes on within a session is none.
        using var content = new StringContent("40{}");
        using var post = await http.PostAsync(new Uri($"/socket.io/?EIO=4&transport=polling&sid={sid}", UriKind.Relative), content, TestContext.Current.CancellationToken).Soon();
        Assert.Equal(HttpStatusCode.OK, post.StatusCode);
    }

    private static async Task<Answer> UntilLimitedAsync(Func<Task<Answer>> call, int before = 200)
    {
        for (var i = 0; i < 100; i++)
        {
            var answer = await call();
            if (answer.Status == 429)
                return answer;
            answer.Must(before);
        }

        throw new TimeoutException("No call was refused.");
    }
}
