using LiveChat.Server.Security;
using LiveChat.Tests.Engines;
using LiveChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace LiveChat.Tests.Security;

/// <summary>Keys of an OpenID Connect provider: found, kept, exchanged, and away.</summary>
public class OidcTests
{
    [Fact]
    public async Task Keys_are_found_kept_and_fetched_again_when_they_change()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        using var issuer = new TestIssuer();
        await using var provider = await OidcProvider.StartAsync(issuer);
        await using var server = await StartAsync(clock, provider.Address);
        for (var i = 0; i < 5; i++)
            (await CallAsync(server, issuer.RsaToken($"a{i}", "agent"))).Must(200);
        (await CallAsync(server, issuer.ForgedToken("a", "agent"))).MustFail(401, "unauthenticated");
        Assert.Equal(1, provider.KeysRead);

        // Tokens by keys that nobody knows make it look again, at a bounded pace.
        clock.Advance(IssuerKeys.Pace);
        using var other = new TestIssuer { KeyId = "key-2" };
        for (var i = 0; i < 5; i++)
            (await CallAsync(server, other.RsaToken("a", "agent"))).MustFail(401, "unauthenticated");
        Assert.Equal(2, provider.KeysRead);

        clock.Advance(IssuerKeys.Pace);
        provider.Issuer = other;
        (await CallAsync(server, other.RsaToken("b", "agent"))).Must(200);
        Assert.Equal(3, provider.KeysRead);

        // A key that was taken back counts for no longer than what it signed is remembered.
        (await CallAsync(server, issuer.RsaToken("c", "agent"))).MustFail(401, "unauthenticated");
        clock.Advance(VerifiedCredentials.Longest + TimeSpan.FromSeconds(1));
        (await CallAsync(server, issuer.RsaToken("a0", "agent"))).MustFail(401, "unauthenticated");
    }

    [Fact]
    public async Task A_provider_that_is_away_at_the_start_may_come_later_and_go_again()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        using var issuer = new TestIssuer();
        var port = FreePort.Next();
        await using var server = await StartAsync(clock, $"http://127.0.0.1:{port}");
        (await CallAsync(server, issuer.RsaToken("a", "agent"))).MustFail(503, "unavailable");
        Assert.Single(server.Log.Lines, line => line.Message.Contains("Chat:Security:Jwt:Authority", StringComparison.Ordinal));
        (await server.Rest.GetAsync("/actuator/health")).Must(200);

        await using (await OidcProvider.StartAsync(issuer, port))
        {
            clock.Advance(IssuerKeys.Pace);
            (await CallAsync(server, issuer.RsaToken("a", "agent"))).Must(200);
        }

        clock.Advance(TimeSpan.FromHours(2));
        (await CallAsync(server, issuer.RsaToken("b", "agent", claims => claims["exp"] = TestIssuer.In(TimeSpan.FromHours(4))))).Must(200);
    }

    [Theory]
    [InlineData("pem")]
    [InlineData("jwks")]
    public async Task Keys_may_be_files(string kind)
    {
        using var issuer = new TestIssuer();
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, kind == "pem" ? issuer.PublicPem : issuer.JsonWebKeySet(), TestContext.Current.CancellationToken);
        await using (var server = await RunningServer.StartAsync(
            "Chat:Security:Authentication=Jwt", $"Chat:Security:Jwt:Issuer={TestIssuer.Name}", $"Chat:Security:Jwt:Audience={TestIssuer.Audience}", $"Chat:Security:Jwt:SigningKeys:0={file}"))
        {
            (await CallAsync(server, issuer.RsaToken("a", "agent"))).Must(200);
            (await CallAsync(server, issuer.ForgedToken("a", "agent"))).MustFail(401, "unauthenticated");
            (await CallAsync(server, issuer.ConfusedToken("a", "agent"))).MustFail(401, "unauthenticated");
            (await CallAsync(server, issuer.Token("a", "agent"))).MustFail(401, "unauthenticated");
        }

        File.Delete(file);
    }

    private static Task<RunningServer> StartAsync(FakeTimeProvider clock, string authority) => RunningServer.StartAsync(
        services => services.AddSingleton<TimeProvider>(clock),
        "Chat:Security:Authentication=Jwt",
        $"Chat:Security:Jwt:Authority={authority}",
        $"Chat:Security:Jwt:Issuer={TestIssuer.Name}",
        $"Chat:Security:Jwt:Audience={TestIssuer.Audience}");

    private static Task<Answer> CallAsync(RunningServer server, string token) => server.Rest.GetAsync("/api/agent/queue", TrustScene.Bearer(token));
}
