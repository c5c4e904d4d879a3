using System.Text;
using LiveChat.Tests.Support;

namespace LiveChat.Tests.Rest;

/// <summary>What the web server refuses before anybody of ours sees it has the contract's body all the same.</summary>
public class WebServerRefusalTests
{
    private static readonly string Long = new('x', 40_000);

    public static TheoryData<string, int> Refused => new()
    {
        { "GET /api/agent/queue HTTP/1.1\r\nHost: a b\r\n\r\n", 400 },
        { "GET /api/agent/queue HTTP/1.1\r\n\r\n", 400 },
        { "GET /api/agent/queue HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400 },
        { $"GET /api/{Long} HTTP/1.1\r\nHost: x\r\n\r\n", 414 },
        { $"GET /api/agent/queue HTTP/1.1\r\nHost: x\r\nX-Long: {Long}{Long}{Long}{Long}\r\n\r\n", 431 },
        { "GET /api/%00 HTTP/1.1\r\nHost: x\r\n\r\n", 400 },
        { "GET /api/agent/queue HTTP/1.1\r\nHost: x\r\nX-Agent-Id: a\0b\r\n\r\n", 400 },
        { "GET /api/agent/queue HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n", 400 },
        { "nonsense\r\n\r\n", 400 },
        { "GET /api/agent/queue HTTP/7.0\r\nHost: x\r\n\r\n", 505 },
        { "POST /api/customer/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n", 400 },
    };

    [Theory]
    [MemberData(nameof(Refused), DisableDiscoveryEnumeration = true)]
    public async Task It_is_a_problem_of_the_contract(string request, int status)
    {
        await using var server = await RunningServer.StartAsync();

        (await RawHttp.AskAsync(server.RestAddress, Encoding.Latin1.GetBytes(request))).MustFail(status, "validation");
        (await server.Rest.GetAsync("/actuator/health")).Must(200);
    }

    [Fact]
    public async Task Answers_before_it_on_the_same_connection_are_whole()
    {
        await using var server = await RunningServer.StartAsync();

        var first = await RawHttp.AskAsync(
            server.RestAddress,
            "GET /api/agent/queue HTTP/1.1\r\nHost: x\r\n\r\nGET /api/agent/queue HTTP/1.1\r\nHost: a b\r\n\r\n"u8.ToArray());

        Assert.Equal(200, first.Status);
        Assert.Equal("[]", first.Body[..2]);
        Assert.StartsWith("HTTP/1.1 400 Bad Request\r\n", first.Body[2..], StringComparison.Ordinal);
        Assert.Single(first.Body.Split("HTTP/1.1").Skip(1));
        Assert.EndsWith("}", first.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_HEAD_has_no_body_there_either()
    {
        await using var server = await RunningServer.StartAsync();

        var refused = await RawHttp.AskAsync(server.RestAddress, "HEAD /api/agent/queue HTTP/1.1\r\nHost: a b\r\n\r\n"u8.ToArray());

        Assert.Equal((400, ""), (refused.Status, refused.Body));
        Assert.Equal("application/problem+json", refused.Headers["Content-Type"]);
    }
}
