using System.Text;
using LiveChat.Tests.Support;

namespace LiveChat.Tests.Security;

/// <summary>What was presented, and what people wrote, is looked for in the log at its most talkative and in the bodies of errors.</summary>
public class SecretTests
{
    [Fact]
    public async Task No_credential_reaches_the_log_or_an_answer()
    {
        const string IdentitySecret = "a-secret-of-the-website";
        await using var scene = await TrustScene.StartAsync(
            $"Chat:Security:Identity:Secrets:0={IdentitySecret}", "Logging:LogLevel:Default=Trace", "Logging:LogLevel:Microsoft.AspNetCore=Trace",
            "Logging:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics=Trace", "Logging:LogLevel:Microsoft.AspNetCore.Server.Kestrel.BadRequests=Trace");
        var rest = scene.Server.Rest;
        var secrets = new List<string> { IdentitySecret, scene.Issuer.Secret };
        var answers = new List<Answer>();
        var started = (await rest.PostAsync("/api/customer/sessions", new { fingerprint = "f" }, ("Idempotency-Key", "a-key-of-random-bytes-1"))).Must(200);
        secrets.AddRange(["a-key-of-random-bytes-1", started.Text("sessionToken")]);
        foreach (var token in new[]
        {
            scene.Issuer.Token("a", "agent"), scene.Issuer.TamperedToken("a", "agent"), scene.Issuer.ForgedToken("a", "agent"), scene.Issuer.UnsignedToken("a", "agent"),
            started.Text("sessionToken"), "key-for-agents-0123456789abcdef", "lck_unknown-key-that-was-presented",
        })
        {
            secrets.Add(token);
            answers.Add(await rest.GetAsync("/api/agent/queue", TrustScene.Bearer(token)));
            answers.Add(await rest.GetAsync($"/api/agent/queue?token={token}", ("X-API-Key", token), ("X-Session-Token", token)));
            var (socket, _) = await RawSocket.TryConnectAsync(scene.Server.GatewayAddress, $"role=agent&scope=queue&token={Uri.EscapeDataString(token)}");
            await socket.DisposeAsync();
            (socket, _) = await RawSocket.TryConnectAsync(scene.Server.GatewayAddress, "role=agent&scope=queue", new { token });
            await socket.DisposeAsync();
        }

        // What is malformed is quoted by the web server's own lines.
        foreach (var request in new[] { "GET /api/agent/queue HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-API-Key : presented-key\r\n\r\n", "GET /socket.io/?token=presented-key HTTP/9.9\r\nHost: x\r\n\r\n" })
            await RawHttp.AskAsync(scene.Server.RestAddress, Encoding.Latin1.GetBytes(request));
        secrets.Add("presented-key");
        answers.Add(await rest.PostAsync("/api/customer/sessions", new { fingerprint = "f", identityHash = "deadbeef-presented" }));
        secrets.Add("deadbeef-presented");
        var said = scene.Server.Log.Lines.Select(line => $"{line} {string.Join(' ', line.Fields)}")
            .Concat(answers.Where(answer => answer.Status >= 400).Select(answer => answer.Json.GetRawText()))
            .ToList();
        Assert.NotEmpty(said);
        foreach (var secret in secrets)
            Assert.DoesNotContain(said, line => line.Contains(secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_answer_says_what_a_browser_is_to_do_with_it()
    {
        await using var server = await RunningServer.StartAsync();
        foreach (var (path, status) in new[] { ("/api/agent/queue", 200), ("/api/nothing", 404), ("/api/agent/conversations/x", 400), ("/actuator/health", 200), ("/nothing", 404) })
        {
            var answer = (await server.Rest.GetAsync(path)).Must(status);
            Assert.Equal(("nosniff", "no-referrer"), (answer.Headers["X-Content-Type-Options"], answer.Headers["Referrer-Policy"]));
            if (path.StartsWith("/api", StringComparison.Ordinal))
                Assert.Equal("no-store", answer.Headers["Cache-Control"]);
        }
    }
}
