using LiveChat.Tests.Support;
using Microsoft.Extensions.Logging;

namespace LiveChat.Tests.Security;

/// <summary>Which pages may call, and what the operator and the browser are told of it.</summary>
public class OriginTests
{
    private const string Gateway = "/socket.io/?EIO=4&transport=polling&role=agent&scope=queue";

    private static readonly string[] Production =
        ["environment=Production", "Chat:Host=127.0.0.1", "Chat:Security:Authentication=None", "Chat:Security:AllowedOrigins:0=https://shop.example"];

    [Theory]
    [InlineData("http://127.0.0.1:8383", null, true)]
    [InlineData("http://127.0.0.1", null, true)]
    [InlineData("https://chat.example:8383", "chat.example:9094", true)]
    [InlineData("https://CHAT.example", "chat.example", true)]
    [InlineData("http://[2001:db8::1]:8383", "[2001:db8::1]:9094", true)]
    [InlineData("https://shop.example", null, true)]
    [InlineData("https://shop.example:444", null, false)]
    [InlineData("https://chat.example.evil.example", "chat.example", false)]
    [InlineData("https://evil.example", "chat.example", false)]
    [InlineData("http://localhost:3000", null, false)]
    [InlineData("null", null, false)]
    public async Task A_page_of_the_host_that_is_called_may_call_whatever_its_port(string origin, string? host, bool may)
    {
        await using var server = await RunningServer.StartAsync(Production);

        var handshake = await AskAsync(server.GatewayAddress, HttpMethod.Get, Gateway, origin, host);
        Assert.Equal(may ? 200 : 403, handshake.Status);
        Assert.Equal(may ? origin : null, handshake.Header("Access-Control-Allow-Origin"));
        var call = await AskAsync(server.RestAddress, HttpMethod.Get, "/api/agent/queue", origin, host);
        Assert.Equal((200, may ? origin : null), (call.Status, call.Header("Access-Control-Allow-Origin")));
    }

    [Fact]
    public async Task An_origin_that_may_not_call_is_named_once_with_what_to_set()
    {
        await using var server = await RunningServer.StartAsync(Production);

        for (var i = 0; i < 3; i++)
        {
            await AskAsync(server.GatewayAddress, HttpMethod.Get, Gateway, "https://evil.example:8443");
            await AskAsync(server.RestAddress, HttpMethod.Options, "/api/agent/queue", "https://evil.example:8443");
            await AskAsync(server.RestAddress, HttpMethod.Get, "/api/agent/queue", "https://shop.example");
        }

        await AskAsync(server.RestAddress, HttpMethod.Get, "/api/agent/queue", "null");
        var lines = server.Log.Lines.Where(l => l.Level == LogLevel.Warning).Select(l => l.Message).ToList();
        Assert.Equal(2, lines.Count);
        Assert.Contains("add https://evil.example:8443 to Chat:Security:AllowedOrigins", lines[0], StringComparison.Ordinal);
        Assert.Contains("no origin of its own", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_more_than_a_hundred_are_named()
    {
        await using var server = await RunningServer.StartAsync(Production);

        for (var i = 0; i < 130; i++)
            await AskAsync(server.RestAddress, HttpMethod.Get, "/api/agent/queue", $"https://evil-{i}.example");

        Assert.Equal(101, server.Log.Lines.Count(l => l.Level == LogLevel.Warning));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_browser_may_remember_a_preflight(bool ofGateway)
    {
        await using var server = await RunningServer.StartAsync(Production);

        var preflight = await AskAsync(
            ofGateway ? server.GatewayAddress : server.RestAddress,
            HttpMethod.Options,
            ofGateway ? Gateway : "/api/customer/sessions",
            "https://shop.example",
            headers: ("Access-Control-Request-Method", "POST"));

        Assert.Equal(204, preflight.Status);
        Assert.Equal("https://shop.example", preflight.Header("Access-Control-Allow-Origin"));
        Assert.Equal("7200", preflight.Header("Access-Control-Max-Age"));
    }

    [Fact]
    public async Task A_page_may_read_how_long_to_wait_where_to_go_on_and_what_time_it_is()
    {
        await using var server = await RunningServer.StartAsync(Production);

        var answer = await AskAsync(server.RestAddress, HttpMethod.Get, "/api/agent/queue", "https://shop.example");

        Assert.Equal("Link,X-Total-Count,Retry-After,Date", answer.Header("Access-Control-Expose-Headers"));
        Assert.NotNull(answer.Header("Date"));
    }

    private static async Task<Reply> AskAsync(
        Uri address, HttpMethod method, string path, string origin, string? host = null, params (string Name, string Value)[] headers)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = address, Timeout = Waiting.Limit };
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Add("Origin", origin);
        request.Headers.Host = host;
        foreach (var (name, value) in headers)
            request.Headers.Add(name, value);
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken).Soon();
        return new Reply((int)response.StatusCode, response.Headers.ToDictionary(h => h.Key, h => h.Value.Single(), StringComparer.OrdinalIgnoreCase));
    }

    private sealed record Reply(int Status, Dictionary<string, string> Headers)
    {
        public string? Header(string name) => Headers.GetValueOrDefault(name);
    }
}
