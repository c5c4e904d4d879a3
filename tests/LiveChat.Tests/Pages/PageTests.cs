using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using LiveChat.Server.Pages;
using LiveChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace LiveChat.Tests.Pages;

/// <summary>What browsers load from the REST port: what it says of itself, what switches it on and off.</summary>
public sealed partial class PageTests
{
    [Fact]
    public async Task A_page_may_speak_with_this_server_and_its_gateway_alone_and_is_asked_for_again_each_time()
    {
        await using var server = await RunningServer.StartAsync();
        using var http = Client(server);

        foreach (var path in new[] { "/", "/demo/", "/console/" })
        {
            using var page = await GetAsync(http, path);
            Assert.Equal(200, (int)page.StatusCode);
            Assert.Equal("text/html; charset=utf-8", page.Content.Headers.ContentType?.ToString());
            Assert.Equal("no-cache", page.Headers.CacheControl?.ToString());
            var policy = page.Headers.GetValues("Content-Security-Policy").Single();
            Assert.Contains($"connect-src 'self' {server.GatewayAddress.GetLeftPart(UriPartial.Authority)} ws://{server.GatewayAddress.Authority};", policy, StringComparison.Ordinal);
            Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self'; ", policy, StringComparison.Ordinal);
            Assert.False(page.Headers.Contains("Access-Control-Allow-Origin"));

            using var again = await GetAsync(http, path, ("If-None-Match", page.Headers.ETag!.ToString()));
            Assert.Equal(304, (int)again.StatusCode);
            Assert.Equal(page.Headers.ETag, again.Headers.ETag);
        }
    }

    [Fact]
    public async Task Each_file_that_a_page_names_is_there_and_kept_for_good()
    {
        await using var server = await RunningServer.StartAsync();
        using var http = Client(server);
        var named = new List<Uri>();
        foreach (var path in new[] { "/", "/demo/", "/console/" })
            named.AddRange(Assets.Matches(await http.GetStringAsync(path, TestContext.Current.CancellationToken).Soon()).Select(match => new Uri(new Uri(server.RestAddress, path), match.Groups[1].Value)));
        named.AddRange(Chunks.Matches(await http.GetStringAsync("/widget.js", TestContext.Current.CancellationToken).Soon()).Select(match => new Uri(server.RestAddress, match.Groups[1].Value)));

        Assert.InRange(named.Count, 8, 50);
        foreach (var file in named)
        {
            using var answer = await GetAsync(http, file.PathAndQuery, ("Origin", "https://shop.example"));
            Assert.Equal(200, (int)answer.StatusCode);
            Assert.Equal("public, max-age=31536000, immutable", answer.Headers.CacheControl?.ToString());
            MustBeForAnybody(answer);
        }
    }

    [Theory]
    [InlineData("/widget.js")]
    [InlineData("/sdk")]
    [InlineData("/sdk/")]
    [InlineData("/pages/config.json")]
    public async Task Any_website_may_load_it_whatever_the_allowed_origins(string path)
    {
        await using var server = await RunningServer.StartAsync("Chat:Security:AllowedOrigins:0=https://allowed.example");
        using var http = Client(server);

        foreach (var origin in new[] { "https://shop.example", "https://allowed.example", "null" })
        {
            using var answer = await GetAsync(http, path, ("Origin", origin));
            Assert.Equal(200, (int)answer.StatusCode);
            Assert.Equal("no-cache", answer.Headers.CacheControl?.ToString());
            MustBeForAnybody(answer);
        }

        using var head = await http.SendAsync(new HttpRequestMessage(HttpMethod.Head, path), TestContext.Current.CancellationToken).Soon();
        Assert.Equal(200, (int)head.StatusCode);
    }

    [Fact]
    public async Task It_comes_in_the_smallest_form_that_is_taken()
    {
        await using var server = await RunningServer.StartAsync();
        using var http = Client(server);
        using var plain = await GetAsync(http, "/sdk/");
        var whole = await plain.Content.ReadAsStringAsync(TestContext.Current.CancellationToken).Soon();

        (string, string?)[] cases =
        [
            ("gzip, deflate, br", "br"), ("gzip", "gzip"), ("br;q=0, gzip", "gzip"), ("gzip;q=0.5, br;q=0.1", "gzip"), ("gzip;q=0.5, BR;q=0.5", "br"),
            ("*", "br"), ("br;q=0, *", "gzip"), ("*;q=0", null), ("identity", null), ("zstd", null),
        ];
        foreach (var (accepted, encoding) in cases)
        {
            using var answer = await GetAsync(http, "/sdk/", ("Accept-Encoding", accepted));
            Assert.Equal(encoding, answer.Content.Headers.ContentEncoding.SingleOrDefault());
            Assert.Contains("Accept-Encoding", answer.Headers.Vary);
            Assert.Equal(encoding is null, plain.Headers.ETag!.Equals(answer.Headers.ETag));
            await using var body = await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken).Soon();
            await using Stream read = encoding switch
            {
                "br" => new BrotliStream(body, CompressionMode.Decompress),
                "gzip" => new GZipStream(body, CompressionMode.Decompress),
                _ => body,
            };
            using var text = new StreamReader(read, Encoding.UTF8);
            Assert.Equal(whole, await text.ReadToEndAsync(TestContext.Current.CancellationToken).Soon());
        }
    }

    [Theory]
    [InlineData("Chat:Pages:Widget=false", "/widget.js", "/sdk/")]
    [InlineData("Chat:Pages:Console=false", "/console/", "/widget.js")]
    [InlineData("Chat:Pages:Demo=false", "/demo/", "/console/")]
    [InlineData("Chat:Pages:Demo=false", "/", "/widget.js")]
    public async Task What_is_switched_off_is_not_there(string setting, string off, string on)
    {
        await using var server = await RunningServer.StartAsync(setting);

        (await server.Rest.GetAsync(off)).MustFail(404, "not_found");

        using var http = Client(server);
        using var answer = await GetAsync(http, on);
        Assert.Equal(200, (int)answer.StatusCode);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/widget.js")]
    [InlineData("/console/")]
    [InlineData("/console/assets/any.js")]
    [InlineData("/sdk/")]
    [InlineData("/demo/")]
    public async Task A_server_that_was_built_without_them_says_why(string path)
    {
        await using var server = await RunningServer.StartAsync(services => services.AddSingleton(new PageFiles(Built: null)));

        var answer = (await server.Rest.GetAsync(path)).MustFail(404, "not_found");

        Assert.Contains("Node.js", answer.Text("message"), StringComparison.Ordinal);
        (await server.Rest.GetAsync("/pages/config.json")).Must(200);
    }

    [Fact]
    public async Task A_gateway_that_is_configured_is_told_instead_of_the_request_s_host()
    {
        await using var server = await RunningServer.StartAsync("Chat:Pages:Gateway=https://gateway.example:444/");
        using var http = Client(server);

        Assert.Equal("https://gateway.example:444", (await server.Rest.GetAsync("/pages/config.json")).Must(200).Text("gateway"));
        using var page = await GetAsync(http, "/console/");
        Assert.Contains("connect-src 'self' https://gateway.example:444 wss://gateway.example:444;", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("evil.example; script-src *")]
    [InlineData("a b")]
    public async Task A_host_that_is_none_does_not_come_into_the_policy(string host)
    {
        await using var server = await RunningServer.StartAsync();

        var answer = await RawHttp.AskAsync(server.RestAddress, Encoding.ASCII.GetBytes($"GET /console/ HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"));

        Assert.DoesNotContain(answer.Headers.Values, value => value.Contains(host, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_console_is_told_whether_an_agent_needs_a_token(bool isOn)
    {
        using var issuer = new TestIssuer();
        await using var server = await RunningServer.StartAsync(isOn ? [.. issuer.Settings, "Chat:Security:Authentication=Jwt"] : []);

        Assert.Equal(isOn, (await server.Rest.GetAsync("/pages/config.json")).Must(200).Json.GetProperty("authentication").GetBoolean());
    }

    [Fact]
    public async Task They_are_not_counted_against_anybody()
    {
        await using var server = await RunningServer.StartAsync("Chat:Security:RateLimit:PermitLimit=2", "Chat:Security:RateLimit:TokensPerSecond=1");
        using var http = Client(server);

        for (var i = 0; i < 10; i++)
        {
            using var answer = await GetAsync(http, "/widget.js");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
    }

    [Fact]
    public async Task Without_a_slash_a_page_is_moved_and_the_gateway_s_port_has_none()
    {
        await using var server = await RunningServer.StartAsync();
        using var http = Client(server);
        using var moved = await GetAsync(http, "/console?lang=de");

        Assert.Equal((308, "console/?lang=de"), ((int)moved.StatusCode, moved.Headers.Location?.OriginalString));
        using var gateway = await http.GetAsync(new Uri(server.GatewayAddress, "/console/"), TestContext.Current.CancellationToken).Soon();
        Assert.Equal(404, (int)gateway.StatusCode);
    }

    private static void MustBeForAnybody(HttpResponseMessage answer)
    {
        Assert.Equal("*", answer.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.Equal("cross-origin", answer.Headers.GetValues("Cross-Origin-Resource-Policy").Single());
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Credentials"));
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
    }

    private static HttpClient Client(RunningServer server) =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = server.RestAddress, Timeout = Waiting.Limit };

    private static async Task<HttpResponseMessage> GetAsync(HttpClient http, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach (var (name, value) in headers)
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        return await http.SendAsync(request, TestContext.Current.CancellationToken).Soon();
    }

    [GeneratedRegex("""(?:src|href)="([^"]*/assets/[^"]+)["]""")]
    private static partial Regex Assets { get; }

    [GeneratedRegex("""["'](widget/assets/[^"']+)["']""")]
    private static partial Regex Chunks { get; }
}
