using System.Text.RegularExpressions;
using LiveChat.Tests.Support;

namespace LiveChat.Tests.Documents;

/// <summary>The page is served by this server alone, and a browser is told to load nothing else.</summary>
public partial class PageTests
{
    [Fact]
    public async Task The_page_and_its_parts_are_served_under_a_strict_policy()
    {
        await using var server = await RunningServer.StartAsync();
        using var http = new HttpClient { BaseAddress = server.RestAddress, Timeout = Waiting.Limit };

        foreach (var (path, type) in new[] { ("/docs", "text/html"), ("/docs/page.js", "text/javascript"), ("/docs/page.css", "text/css") })
        {
            using var answer = await http.GetAsync(path, TestContext.Current.CancellationToken).Soon();
            Assert.Equal(200, (int)answer.StatusCode);
            Assert.Equal(type, answer.Content.Headers.ContentType?.MediaType);
            Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.Equal("no-referrer", answer.Headers.GetValues("Referrer-Policy").Single());
            var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
            Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("http", policy, StringComparison.Ordinal);

            var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken).Soon();
            Assert.DoesNotMatch(FromElsewhere, text);
            Assert.DoesNotMatch(MadeOfText, text);
        }
    }

    [Fact]
    public async Task Each_part_that_the_page_names_is_there()
    {
        await using var server = await RunningServer.StartAsync();
        using var http = new HttpClient { BaseAddress = server.RestAddress, Timeout = Waiting.Limit };
        var page = await http.GetStringAsync("/docs", TestContext.Current.CancellationToken).Soon();
        var script = await http.GetStringAsync("/docs/page.js", TestContext.Current.CancellationToken).Soon();

        var named = Linked.Matches(page).Select(match => match.Groups[1].Value).Concat(Fetched.Matches(script).Select(match => match.Groups[1].Value)).ToList();

        Assert.True(named.Count >= 6, string.Join(", ", named));
        foreach (var path in named)
        {
            using var answer = await http.GetAsync(new Uri(new Uri(server.RestAddress, "/docs"), path), TestContext.Current.CancellationToken).Soon();
            Assert.Equal(200, (int)answer.StatusCode);
        }
    }

    [Fact]
    public async Task With_a_slash_at_the_end_its_parts_would_be_elsewhere_so_it_is_moved()
    {
        await using var server = await RunningServer.StartAsync();
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = server.RestAddress, Timeout = Waiting.Limit };

        using var answer = await http.GetAsync("/docs/", TestContext.Current.CancellationToken).Soon();

        Assert.Equal(308, (int)answer.StatusCode);
        Assert.Equal("../docs", answer.Headers.Location?.OriginalString);
    }

    [GeneratedRegex("""(src|href)="(https?:)?//|https?://|@import|url\(""")]
    private static partial Regex FromElsewhere { get; }

    /// <summary>What would make markup or code of text, or need a looser policy.</summary>
    [GeneratedRegex("""innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|\sstyle=|\son[a-z]+=|<style|<script>""")]
    private static partial Regex MadeOfText { get; }

    [GeneratedRegex("""(?:src|href)="((?!data:|\#)[^"]+)""")]
    private static partial Regex Linked { get; }

    [GeneratedRegex("""'([a-z]+/v1\.json)'""")]
    private static partial Regex Fetched { get; }
}
