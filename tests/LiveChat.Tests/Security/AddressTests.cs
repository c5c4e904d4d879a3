using LiveChat.Tests.Support;

namespace LiveChat.Tests.Security;

/// <summary>Limits by address count whom an address belongs to. The addresses are those that a proxy forwards.</summary>
public class AddressTests
{
    private const int Most = 60;

    [Theory]
    [InlineData("2001:db8:0:1::{0:x}", true)]
    [InlineData("2001:db8:0:{0:x}::1", false)]
    [InlineData("192.0.2.{0}", false)]
    public async Task Over_REST_a_64_of_IPv6_is_one_caller(string addresses, bool areOne)
    {
        await using var server = await StartAsync();

        var limited = false;
        for (var i = 1; i <= Most && !limited; i++)
            limited = (await CallAsync(server, Address(addresses, i))).Status == 429;

        Assert.Equal(areOne, limited);
    }

    [Fact]
    public async Task An_IPv4_address_is_itself_in_either_form()
    {
        await using var server = await StartAsync();

        // With a bucket for each form neither would be empty before the calls of one are; the two take turns from one that is.
        var answers = new List<int>();
        while (answers.Count < Most && !answers.Contains(429))
            answers.Add((await CallAsync(server, "192.0.2.1")).Status);
        answers.Clear();
        for (var i = 0; i < Permits; i++)
            answers.Add((await CallAsync(server, "::ffff:192.0.2.1")).Status);

        Assert.Contains(429, answers);
    }

    [Fact]
    public async Task Over_sockets_it_is_the_same_caller_as_over_REST()
    {
        await using var server = await StartAsync();
        var id = await StartSessionAsync(server);

        var limited = false;
        for (var i = 1; i <= Most && !limited; i++)
        {
            var (socket, answer) = await RawSocket.TryConnectAsync(
                server.GatewayAddress, $"role=customer&conversationId={id}", forwardedFor: Address("2001:db8:0:1::{0:x}", i));
            await using (socket)
            {
                Assert.StartsWith("40", answer, StringComparison.Ordinal);
                limited = (await socket.AskAsync("chat:send", new { content = "x" })).TryGetProperty("error", out var error)
                    && error.GetProperty("code").GetString() == "rate_limited";
            }
        }

        Assert.True(limited);
    }

    private const int Permits = 30;

    private static Task<RunningServer> StartAsync() => RunningServer.StartAsync(
        "Chat:Security:ForwardedFrom:0=127.0.0.1", "ForwardedHeaders_Enabled=true", $"Chat:Security:RateLimit:PermitLimit={Permits}", "Chat:Security:RateLimit:TokensPerSecond=1");

    private static string Address(string pattern, int i) => string.Format(System.Globalization.CultureInfo.InvariantCulture, pattern, i);

    private static Task<Answer> CallAsync(RunningServer server, string address) => server.Rest.GetAsync("/api/agent/queue", ("X-Forwarded-For", address));

    private static async Task<string> StartSessionAsync(RunningServer server) =>
        (await server.Rest.PostAsync("/api/customer/sessions", new { fingerprint = "f" }, ("X-Forwarded-For", "198.51.100.1"))).Must(200).Text("conversationId");
}
