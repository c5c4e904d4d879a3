using System.Net;
using System.Text.Json;
using SocketIO.Tests.Kit;

namespace SocketIO.Tests.Engine;

public class HandshakeTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_polling_handshake_announces_the_settings_and_the_upgrade()
    {
        await using var server = await TestServer.StartAsync(options => options.Engine.MaxPayload = 5000);
        using var client = server.Polling();
        using var response = await client.Http.GetAsync("/socket.io/?EIO=4&transport=polling", Token).Bounded();
        Assert.Equal("text/plain; charset=UTF-8", response.Content.Headers.ContentType!.ToString());
        Assert.True(response.Headers.CacheControl!.NoStore);
        Assert.NotNull(response.Content.Headers.ContentLength);
        var body = await response.Content.ReadAsStringAsync(Token);
        Assert.StartsWith("0{", body, StringComparison.Ordinal);
        var open = JsonDocument.Parse(body[1..]).RootElement;
        Assert.Equal(["sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"], open.EnumerateObject().Select(property => property.Name));
        Assert.Equal(20, open.GetProperty("sid").GetString()!.Length);
        Assert.Equal("""["websocket"]""", open.GetProperty("upgrades").GetRawText());
        Assert.Equal(25000, open.GetProperty("pingInterval").GetInt32());
        Assert.Equal(20000, open.GetProperty("pingTimeout").GetInt32());
        Assert.Equal(5000, open.GetProperty("maxPayload").GetInt32());
    }

    [Fact]
    public async Task A_websocket_handshake_offers_no_upgrade()
    {
        await using var server = await TestServer.StartAsync();
        await using var socket = await server.WebSocketAsync();
        Assert.Contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", socket.ResponseHead, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("\"upgrades\":[]", await socket.TextAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "EIO=4", 400, """{"code":0,"message":"Transport unknown"}""")]
    [InlineData("GET", "EIO=4&transport=abc", 400, """{"code":0,"message":"Transport unknown"}""")]
    [InlineData("GET", "EIO=4&transport=constructor", 400, """{"code":0,"message":"Transport unknown"}""")]
    [InlineData("GET", "EIO=4&transport=polling&sid=nothere", 400, """{"code":1,"message":"Session ID unknown"}""")]
    [InlineData("POST", "EIO=4&transport=polling", 400, """{"code":2,"message":"Bad handshake method"}""")]
    [InlineData("PUT", "EIO=4&transport=polling", 400, """{"code":2,"message":"Bad handshake method"}""")]
    [InlineData("OPTIONS", "EIO=4&transport=polling", 400, """{"code":2,"message":"Bad handshake method"}""")]
    [InlineData("GET", "EIO=4&transport=websocket", 400, """{"code":3,"message":"Bad request"}""")]
    [InlineData("GET", "transport=polling", 400, """{"code":5,"message":"Unsupported protocol version"}""")]
    [InlineData("GET", "EIO=abc&transport=polling", 400, """{"code":5,"message":"Unsupported protocol version"}""")]
    [InlineData("GET", "EIO=5&transport=polling", 400, """{"code":5,"message":"Unsupported protocol version"}""")]
    public async Task A_request_that_cannot_be_served_gets_its_code(string method, string query, int status, string body)
    {
        await using var server = await TestServer.StartAsync();
        using var client = server.Polling();
        using var request = new HttpRequestMessage(new HttpMethod(method), $"/socket.io/?{query}");
        using var response = await client.Http.SendAsync(request, Token).Bounded();
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("application/json", response.Content.Headers.ContentType!.ToString());
        Assert.Equal(body, await response.Content.ReadAsStringAsync(Token));
    }

    [Theory]
    [InlineData("EIO=4&transport=abc", "Transport unknown")]
    [InlineData("EIO=4&transport=polling", "Bad request")]
    [InlineData("EIO=4&transport=websocket&sid=nothere", "Session ID unknown")]
    [InlineData("transport=websocket", "Unsupported protocol version")]
    public async Task A_websocket_that_cannot_be_served_is_refused_before_the_upgrade(string query, string body)
    {
        await using var server = await TestServer.StartAsync();
        await using var socket = await RawWebSocket.RequestAsync(server.Port, $"/socket.io/?{query}");
        Assert.Equal(400, socket.Status);
        Assert.Contains("Connection: close", socket.ResponseHead, StringComparison.OrdinalIgnoreCase);
        var rest = await new StreamReader(socket.Stream).ReadToEndAsync(Token).Bounded();
        Assert.Equal(body, rest);
    }

    [Fact]
    public async Task The_path_is_served_with_and_without_its_slash()
    {
        await using var server = await TestServer.StartAsync();
        using var client = server.Polling();
        Assert.StartsWith("0{", await client.Http.GetStringAsync("/socket.io?EIO=4&transport=polling", Token).Bounded(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_last_of_several_values_counts()
    {
        await using var server = await TestServer.StartAsync();
        using var client = server.Polling();
        Assert.StartsWith("0{", await client.Http.GetStringAsync("/socket.io/?EIO=9&EIO=4&transport=x&transport=polling", Token).Bounded(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_the_application_refuses_gets_code_4_and_no_session()
    {
        await using var server = await TestServer.StartAsync(options => options.Engine.AllowRequest = context => ValueTask.FromResult(context.Request.Headers.Origin != "http://evil"));
        using var client = server.Polling();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/socket.io/?EIO=4&transport=polling");
        request.Headers.Add("Origin", "http://evil");
        using var response = await client.Http.SendAsync(request, Token).Bounded();
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal("""{"code":4,"message":"Forbidden"}""", await response.Content.ReadAsStringAsync(Token));
        Assert.Equal(0, server.Engine.SessionCount);

        await client.OpenAsync();
        await using var socket = await RawWebSocket.RequestAsync(
            server.Port, $"/socket.io/?EIO=4&transport=websocket&sid={client.Sid}", "Origin: http://evil\r\n");
        Assert.Equal(400, socket.Status);
    }

    [Fact]
    public async Task An_application_check_that_throws_refuses()
    {
        await using var server = await TestServer.StartAsync(options => options.Engine.AllowRequest = _ => throw new InvalidOperationException("broken"));
        server.AllowErrors = true;
        using var client = server.Polling();
        using var response = await client.Http.GetAsync("/socket.io/?EIO=4&transport=polling", Token).Bounded();
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    public async Task Revision_3_can_be_switched_off()
    {
        await using var server = await TestServer.StartAsync(options => options.Engine.AllowEIO3 = false);
        using var client = server.Polling();
        using var response = await client.Http.GetAsync("/socket.io/?EIO=3&transport=polling", Token).Bounded();
        Assert.Equal("""{"code":5,"message":"Unsupported protocol version"}""", await response.Content.ReadAsStringAsync(Token));
    }

    [Fact]
    public async Task Sessions_are_limited_in_number()
    {
        await using var server = await TestServer.StartAsync(options => options.Engine.MaxSessions = 2);
        using var client = server.Polling();
        await client.OpenAsync();
        await using var second = await server.OpenAsync();
        using var response = await client.Http.GetAsync("/socket.io/?EIO=4&transport=polling", Token).Bounded();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        await second.SendAsync("1");
        await second.ClosedAsync();
        await Bounds.Until(() => server.Engine.SessionCount == 1);
        await client.OpenAsync();
    }

    [Fact]
    public async Task Sessions_of_one_address_are_limited_in_number()
    {
        await using var server = await TestServer.StartAsync(options => options.Engine.MaxSessionsPerAddress = 1);
        using var client = server.Polling();
        await client.OpenAsync();
        await using var second = await RawWebSocket.RequestAsync(server.Port, "/socket.io/?EIO=4&transport=websocket");
        Assert.Equal(503, second.Status);
        Assert.Equal(1, server.Engine.SessionCount);
    }

    [Fact]
    public async Task Cookie_and_initial_headers_come_with_the_handshake_only()
    {
        await using var server = await TestServer.StartAsync(options =>
        {
            options.Engine.CookieName = "io";
            options.Engine.OnInitialHeaders = context => context.Response.Headers["X-Initial"] = "1";
            options.Engine.OnHeaders = context => context.Response.Headers["X-Each"] = "1";
        });
        using var client = server.Polling();
        using var handshake = await client.Http.GetAsync("/socket.io/?EIO=4&transport=polling", Token).Bounded();
        Assert.Matches("^io=[A-Za-z0-9_-]{20}; path=/; samesite=lax; httponly$", handshake.Headers.GetValues("Set-Cookie").Single());
        Assert.True(handshake.Headers.Contains("X-Initial") && handshake.Headers.Contains("X-Each"));
        await client.OpenAsync();
        using var content = new StringContent("40");
        using var post = await client.RawPostAsync(content);
        Assert.False(post.Headers.Contains("Set-Cookie") || post.Headers.Contains("X-Initial"));
        Assert.True(post.Headers.Contains("X-Each"));
        await using var socket = await server.WebSocketAsync();
        Assert.Contains("Set-Cookie: io=", socket.ResponseHead, StringComparison.OrdinalIgnoreCase);
    }
}
