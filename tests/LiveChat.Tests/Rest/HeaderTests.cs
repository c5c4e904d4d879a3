using System.Text;
using System.Text.Json;
using LiveChat.Tests.Support;

namespace LiveChat.Tests.Rest;

/// <summary>Headers with bytes above ASCII, as browsers and sign-on proxies send them; and HEAD.</summary>
public class HeaderTests
{
    [Theory]
    [InlineData("utf-8", "Zoë")]
    [InlineData("latin1", "Zoë")]
    [InlineData("latin1", "Ärger straße")]
    [InlineData("utf-8", "漢字 😀")]
    public async Task A_name_in_a_header_is_read_as_UTF8_or_else_as_Latin1(string encoding, string name)
    {
        await using var server = await RunningServer.StartAsync();
        var request = Encoding.GetEncoding(encoding).GetBytes(
            $"POST /api/agent/sessions HTTP/1.1\r\nHost: x\r\nX-Agent-Id: {name}\r\nCookie: other={name}\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{{}}");

        var answer = await RawHttp.AskAsync(server.RestAddress, request);

        Assert.Equal(200, answer.Status);
        Assert.Equal(name, JsonDocument.Parse(answer.Body).RootElement.GetProperty("agent").GetProperty("id").GetString());
    }

    /// <summary>A header that comes again on the same connection is not decoded again.</summary>
    [Fact]
    public async Task It_is_read_so_each_time()
    {
        await using var server = await RunningServer.StartAsync();
        const string Once = "POST /api/agent/sessions HTTP/1.1\r\nHost: x\r\nX-Agent-Id: Zoë\r\nUser-Agent: Zoë\r\nContent-Length: 2\r\n\r\n{}";

        var answers = await RawHttp.AskAsync(
            server.RestAddress, Encoding.Latin1.GetBytes(Once + Once + Once.Replace("Host: x", "Host: x\r\nConnection: close", StringComparison.Ordinal)));

        Assert.Equal(4, answers.Body.Split("\"id\":\"Zoë\"").Length);
    }

    [Theory]
    [InlineData("Origin: http://localhost:5173", "Access-Control-Request-Headers: x-zoë")]
    [InlineData("Origin: http://localhost:5173", "Access-Control-Request-Method: zoë")]
    [InlineData("Origin: http://localhost/zoë", "Access-Control-Request-Headers: x")]
    public async Task What_an_answer_would_have_to_repeat_is_no_fault_of_the_server(string origin, string header)
    {
        await using var server = await RunningServer.StartAsync();

        var answer = await RawHttp.AskAsync(server.RestAddress, Encoding.Latin1.GetBytes(
            $"OPTIONS /api/agent/queue HTTP/1.1\r\nHost: x\r\n{origin}\r\nAccess-Control-Request-Method: GET\r\n{header}\r\nConnection: close\r\n\r\n"));

        Assert.InRange(answer.Status, 200, 499);
    }

    [Fact]
    public async Task HEAD_is_answered_wherever_GET_is_with_the_same_headers_and_no_body()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");
        (await server.Rest.CustomerSendAsync(id, "hello")).Must(201);
        string[] paths =
        [
            $"/api/customer/conversations/{id}", $"/api/customer/conversations/{id}/messages", $"/api/customer/conversations/{id}/events",
            $"/api/agent/conversations/{id}", $"/api/agent/conversations/{id}/messages?limit=1", $"/api/agent/conversations/{id}/events?limit=1",
            "/api/agent/queue", "/api/agent/conversations", "/api/admin/customers/f/export",
            "/actuator/health", "/actuator/health/liveness", "/api/nothing", $"/api/customer/conversations/{Guid.NewGuid()}",
        ];

        foreach (var path in paths)
        {
            var get = await AskAsync("GET", path);
            var head = await AskAsync("HEAD", path);
            Assert.True(head.Status == get.Status, $"{path}: {head.Status}");
            Assert.Equal("", head.Body);
            foreach (var name in new[] { "Content-Type", "Content-Length", "Link", "X-Total-Count" })
                Assert.Equal((path, get.Headers.GetValueOrDefault(name)), (path, head.Headers.GetValueOrDefault(name)));
        }

        Assert.Contains("HEAD", (await AskAsync("PUT", "/api/agent/queue")).Headers["Allow"], StringComparison.Ordinal);

        // Nothing is taken from a session by it, and none is begun.
        Assert.NotEqual(200, (await RawHttp.AskAsync(server.GatewayAddress, Request("HEAD", "/socket.io/?EIO=4&transport=polling"))).Status);

        Task<RawHttp> AskAsync(string method, string path) => RawHttp.AskAsync(server.RestAddress, Request(method, path));

        static byte[] Request(string method, string path) => Encoding.ASCII.GetBytes($"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    }
}
