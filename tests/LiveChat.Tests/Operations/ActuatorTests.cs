using System.Globalization;
using LiveChat.Tests.Support;

namespace LiveChat.Tests.Operations;

/// <summary>Who reaches <c>/actuator</c>, and what it says of the program.</summary>
public sealed class ActuatorTests
{
    private static readonly string[] Closed = ["/actuator/loggers", "/actuator/loggers/ROOT", "/actuator/prometheus", $"/api/admin/support/{Guid.Empty}"];

    [Fact]
    public async Task Info_says_what_was_built_and_what_it_runs_on()
    {
        await using var server = await RunningServer.StartAsync();
        var info = (await server.Rest.GetAsync("/actuator/info")).Must(200).Json;

        var build = info.GetProperty("build");
        Assert.Matches(@"^\d+\.\d+\.\d+$", build.GetProperty("version").GetString());
        Assert.Matches("^[0-9a-f]{40}$", build.GetProperty("commit").GetString());
        var time = DateTimeOffset.ParseExact(build.GetProperty("time").GetString()!, "yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
        Assert.InRange(time, DateTimeOffset.UtcNow.AddYears(-1), DateTimeOffset.UtcNow);
        Assert.StartsWith(".NET 10", info.GetProperty("runtime").GetProperty("framework").GetString(), StringComparison.Ordinal);
        Assert.NotEmpty(info.GetProperty("runtime").GetProperty("os").GetString()!);
        Assert.InRange(info.GetProperty("uptimeSeconds").GetInt64(), 0, 600);
    }

    [Fact]
    public async Task Without_authentication_outside_Development_the_closed_part_is_not_there()
    {
        await using var server = await RunningServer.StartAsync("environment=Production", "Chat:Security:Authentication=None");

        (await server.Rest.GetAsync("/actuator/info")).Must(200);
        foreach (var path in Closed)
            (await server.Rest.GetAsync(path)).MustFail(404, "not_found");
        (await server.Rest.PostAsync("/actuator/loggers/ROOT", new { configuredLevel = "OFF" })).MustFail(404, "not_found");
    }

    [Fact]
    public async Task There_it_is_where_it_is_enabled_by_hand()
    {
        await using var server = await RunningServer.StartAsync("environment=Production", "Chat:Security:Authentication=None", "Chat:Admin:Enabled=true");

        (await server.Rest.GetAsync("/actuator/loggers")).Must(200);
    }

    [Fact]
    public async Task With_authentication_it_is_for_administrators()
    {
        await using var server = await RunningServer.StartAsync(
            "Chat:Security:Authentication=Proxy", "Chat:Security:Proxy:TrustedNetworks:0=127.0.0.0/8", "Chat:Security:RateLimit:Failures:PermitLimit=0");

        (await server.Rest.GetAsync("/actuator/info")).Must(200);
        foreach (var path in Closed)
        {
            (await server.Rest.GetAsync(path)).MustFail(401, "unauthenticated");
            foreach (var role in new[] { "customer", "agent", "supervisor" })
                (await server.Rest.GetAsync(path, ("X-Auth-User", "somebody"), ("X-Auth-Roles", role))).MustFail(403, "forbidden");
        }

        (await server.Rest.GetAsync("/actuator/loggers", ("X-Auth-User", "root"), ("X-Auth-Roles", "admin"))).Must(200);
    }

    [Fact]
    public async Task The_rate_limit_does_not_count_it_and_HEAD_answers_like_GET()
    {
        await using var server = await RunningServer.StartAsync("Chat:Security:RateLimit:PermitLimit=1", "Chat:Security:RateLimit:TokensPerSecond=1");

        for (var i = 0; i < 5; i++)
        {
            foreach (var path in new[] { "/actuator/info", "/actuator/loggers", "/actuator/loggers/ROOT" })
            {
                var head = (await server.Rest.SendAsync(HttpMethod.Head, path, null)).Must(200);
                Assert.StartsWith("application/json", head.Headers["Content-Type"], StringComparison.Ordinal);
            }
        }
    }
}
