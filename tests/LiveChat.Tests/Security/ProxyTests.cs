using System.Text;
using LiveChat.Tests.Support;

namespace LiveChat.Tests.Security;

/// <summary>Headers that only listed peers may send: whom a proxy authenticated, and whose request it passes on.</summary>
public class ProxyTests
{
    private static readonly string[] Trusting =
        ["Chat:Security:Authentication=Proxy", "Chat:Security:Proxy:TrustedNetworks:0=127.0.0.0/8", "Chat:Security:RateLimit:Failures:PermitLimit=0"];

    private static readonly string[] Distrusting =
        ["Chat:Security:Authentication=Proxy", "Chat:Security:Proxy:TrustedNetworks:0=10.0.0.0/8"];

    [Fact]
    public async Task A_listed_proxy_says_who_it_is()
    {
        await using var server = await RunningServer.StartAsync(Trusting);
        (string, string)[] ashik = [("X-Auth-User", "ashik"), ("X-Auth-Name", "Ashik"), ("X-Auth-Roles", "unknown, agent")];
        var session = (await server.Rest.PostAsync("/api/agent/sessions", new { }, ashik)).Must(200);
        Assert.Equal("Ashik", session.Json.GetProperty("agent").GetProperty("displayName").GetString());
        (await server.Rest.PostAsync("/api/agent/sessions", new { agentId = "other" }, ashik)).MustFail(403, "forbidden");
        (await server.Rest.GetAsync("/api/agent/queue", ("X-Auth-User", "ashik"))).MustFail(403, "forbidden");
        (await server.Rest.GetAsync("/api/agent/queue")).MustFail(401, "unauthenticated");
        (await server.Rest.GetAsync("/api/agent/queue", ("X-Auth-User", new string('x', 201)), ("X-Auth-Roles", "agent"))).MustFail(401, "unauthenticated");

        // Twice is nobody, and what the gateway needs for itself is not looked at.
        foreach (var twice in new[] { "X-Auth-User: a\r\nX-Auth-User: b\r\nX-Auth-Roles: agent", "X-Auth-User: a\r\nX-Auth-Roles: admin\r\nX-Auth-Roles: agent" })
        {
            var request = $"GET /api/agent/queue HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{twice}\r\n\r\n";
            Assert.Equal(401, (await RawHttp.AskAsync(server.RestAddress, Encoding.ASCII.GetBytes(request))).Status);
        }

        (await server.Rest.GetAsync("/api/agent/queue", [.. ashik, ("Authorization", "Bearer the-gateways-own")])).Must(200);
        await using var socket = await RawSocket.ConnectAsync(server, "role=agent&scope=queue", null, ashik);
        await socket.NextAsync("queue:snapshot");
    }

    [Fact]
    public async Task From_anybody_else_the_headers_count_for_nothing()
    {
        await using var server = await RunningServer.StartAsync(Distrusting);
        (string, string)[] forged = [("X-Auth-User", "root"), ("X-Auth-Roles", "admin,agent"), ("X-Forwarded-For", "10.0.0.1")];
        (await server.Rest.GetAsync("/api/agent/queue", forged)).MustFail(401, "unauthenticated");
        (await server.Rest.SendAsync(HttpMethod.Delete, "/api/admin/customers/f", null, forged)).MustFail(401, "unauthenticated");
        var refused = await RawSocket.RefusedAsync(server, "role=agent&scope=queue", null, forged);
        Assert.Equal("unauthenticated", refused.GetProperty("data").GetProperty("code").GetString());

        // It is a visitor like others.
        (await server.Rest.PostAsync("/api/customer/sessions", new { fingerprint = "f" }, forged)).Must(200);
    }

    [Theory]
    [InlineData("X-Forwarded-For", "192.0.2.{0}")]
    [InlineData("X-Forwarded-For", "203.0.113.9, 192.0.2.{0}, 127.0.0.5")]
    [InlineData("X-Forwarded-For", "[2001:db8:{0}::1]:443")]
    [InlineData("Forwarded", "for=192.0.2.{0}:5000;proto=https")]
    [InlineData("Forwarded", "for=203.0.113.9, for=\"[2001:db8:{0}::1]\", for=127.0.0.7")]
    public async Task Behind_a_listed_proxy_each_client_has_its_own_bucket(string header, string value)
    {
        await using var server = await RunningServer.StartAsync(
            "Chat:Security:ForwardedFrom:0=127.0.0.0/8", "Chat:Security:RateLimit:PermitLimit=2", "Chat:Security:RateLimit:TokensPerSecond=1");
        for (var client = 1; client <= 3; client++)
        {
            (string, string) from = (header, value.Replace("{0}", $"{client}", StringComparison.Ordinal));
            var statuses = new List<int>();
            for (var call = 0; call < 10; call++)
                statuses.Add((await server.Rest.GetAsync("/api/agent/queue", from)).Status);
            Assert.Equal(200, statuses[0]);
            Assert.Contains(429, statuses);
        }
    }

    [Fact]
    public async Task The_frameworks_own_setting_believes_nobody()
    {
        await using var server = await RunningServer.StartAsync(
            "ForwardedHeaders_Enabled=true", "Chat:Security:RateLimit:PermitLimit=3", "Chat:Security:RateLimit:TokensPerSecond=1");
        var statuses = new List<int>();
        for (var client = 1; client <= 20; client++)
            statuses.Add((await server.Rest.GetAsync("/api/agent/queue", ("X-Forwarded-For", $"192.0.2.{client}"))).Status);
        Assert.Contains(429, statuses);
    }

    [Theory]
    [InlineData("X-Forwarded-For", "192.0.2.{0}, nonsense")]
    [InlineData("Forwarded", "for=unknown")]
    [InlineData("X-Real-IP", "192.0.2.{0}")]
    public async Task What_a_client_makes_up_gives_it_no_other_bucket(string header, string value)
    {
        await using var server = await RunningServer.StartAsync(
            "Chat:Security:ForwardedFrom:0=127.0.0.0/8", "Chat:Security:RateLimit:PermitLimit=3", "Chat:Security:RateLimit:TokensPerSecond=1");
        var statuses = new List<int>();
        for (var client = 1; client <= 20; client++)
            statuses.Add((await server.Rest.GetAsync("/api/agent/queue", (header, value.Replace("{0}", $"{client}", StringComparison.Ordinal)))).Status);
        Assert.Contains(429, statuses);
    }
}
