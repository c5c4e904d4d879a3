using System.Text.RegularExpressions;
using LiveChat.Tests.Support;

namespace LiveChat.Tests.Security;

/// <summary>What is set wrong stops the start with a line that names the key; nothing runs open by accident.</summary>
public class SecurityStartTests
{
    private const string Jwt = "Chat:Security:Authentication=Jwt Chat:Security:Jwt:Issuer=i Chat:Security:Jwt:Audience=a";

    [Theory]
    [InlineData("Production", "Chat:Host=127.0.0.1", "Chat:Security:Authentication must be chosen")]
    [InlineData("Staging", "Chat:Host=127.0.0.1", "Chat:Security:Authentication must be chosen")]
    [InlineData("Production", "Chat:Security:Authentication=None,Jwt", "Chat:Security:Authentication must be")]
    [InlineData("Production", "Chat:Security:Authentication=Password", "Chat:Security:Authentication must be")]
    [InlineData("Production", "Chat:Security:Authentication=ApiKey", "Chat:Security:ApiKeys:0:Name, Hash and Roles")]
    [InlineData("Production", "Chat:Security:Authentication=ApiKey Chat:Security:ApiKeys:0:Name=n Chat:Security:ApiKeys:0:Hash=plain Chat:Security:ApiKeys:0:Roles:0=agent", "Chat:Security:ApiKeys:0:Hash")]
    [InlineData("Production", "Chat:Security:Authentication=ApiKey Chat:Security:ApiKeys:0:Name=n Chat:Security:ApiKeys:0:Hash=sha256:0000000000000000000000000000000000000000000000000000000000000000 Chat:Security:ApiKeys:0:Roles:0=boss", "Chat:Security:ApiKeys:0:Roles:0")]
    [InlineData("Production", "Chat:Security:Authentication=Jwt Chat:Security:Jwt:Audience=a Chat:Security:Jwt:Authority=https://x", "Chat:Security:Jwt:Issuer")]
    [InlineData("Production", "Chat:Security:Authentication=Jwt Chat:Security:Jwt:Issuer=i Chat:Security:Jwt:Authority=https://x", "Chat:Security:Jwt:Audience")]
    [InlineData("Production", Jwt, "Chat:Security:Jwt:Authority or")]
    [InlineData("Production", Jwt + " Chat:Security:Jwt:Authority=http://127.0.0.1:1", "Chat:Security:Jwt:Authority must be")]
    [InlineData("Development", Jwt + " Chat:Security:Jwt:Authority=http://issuer.example", "Chat:Security:Jwt:Authority must be")]
    [InlineData("Production", Jwt + " Chat:Security:Jwt:SigningKeys:0=base64:c2hvcnQ=", "Chat:Security:Jwt:SigningKeys:0 must hold 32 bytes")]
    [InlineData("Production", Jwt + " Chat:Security:Jwt:SigningKeys:0=/no/such/file.pem", "Chat:Security:Jwt:SigningKeys:0 must be the path")]
    [InlineData("Production", Jwt + " Chat:Security:Jwt:SigningKeys:0=/etc/hostname", "Chat:Security:Jwt:SigningKeys:0 must be a file with one public key")]
    [InlineData("Production", "Chat:Security:Authentication=Proxy", "Chat:Security:Proxy:TrustedNetworks:0 is required")]
    [InlineData("Production", "Chat:Security:Authentication=Proxy Chat:Security:Proxy:TrustedNetworks:0=everywhere", "Chat:Security:Proxy:TrustedNetworks:0 must be a network")]
    [InlineData("Production", "Chat:Security:Authentication=Proxy Chat:Security:Proxy:TrustedNetworks:0=10.0.0.1 Chat:Security:Proxy:UserHeader=Authorization", "Chat:Security:Proxy:UserHeader, NameHeader")]
    [InlineData("Production", "Chat:Security:Identity:Secrets=whatever-it-is-it-is-kept", "Chat:Security:Identity:Secrets:0=…")]
    [InlineData("Development", "Chat:Security:ForwardedFrom:0=10.0.0.0/99", "Chat:Security:ForwardedFrom:0")]
    [InlineData("Development", "Chat:Security:Identity:Required=true", "Chat:Security:Identity:Secrets:0 is required")]
    [InlineData("Development", "Chat:Security:Identity:Secrets:0=short", "Chat:Security:Identity:Secrets:0 must be")]
    [InlineData("Development", "Chat:Security:SessionToken:Lifetime=00:00:00", "Chat:Security:SessionToken:Lifetime")]
    [InlineData("Development", "Chat:Security:RateLimit:Failures:PermitLimit=-1", "Chat:Security:RateLimit:Failures:PermitLimit")]
    [InlineData("Development", "Chat:Security:ApiKeys:0:Nam=x", "Chat:Security:ApiKeys:0:Nam; did you mean Chat:Security:ApiKeys:0:Name?")]
    public async Task A_wrong_setting_stops_the_start(string environment, string settings, string fault)
    {
        string[] arguments = ["--Chat:Rest:Port=0", "--Chat:Gateway:Port=0", .. settings.Split(' ').Select(setting => "--" + setting)];
        var (errors, exitCode) = await ServerProcess.StartRefusedAsync(environment, arguments);

        Assert.Equal(1, exitCode);
        Assert.Contains(errors.Split('\n'), line => line.StartsWith("Cannot start: ", StringComparison.Ordinal) && line.Contains(fault, StringComparison.Ordinal));
        Assert.DoesNotContain("whatever-it-is", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_private_key_is_not_taken_for_a_public_one()
    {
        var file = Path.GetTempFileName();
        using (var key = System.Security.Cryptography.RSA.Create(2048))
            await File.WriteAllTextAsync(file, key.ExportPkcs8PrivateKeyPem(), TestContext.Current.CancellationToken);
        var (errors, exitCode) = await ServerProcess.StartRefusedAsync("Production", [.. Jwt.Split(' ').Select(setting => "--" + setting), $"--Chat:Security:Jwt:SigningKeys:0={file}"]);
        File.Delete(file);

        Assert.Equal(1, exitCode);
        Assert.Contains("Chat:Security:Jwt:SigningKeys:0 must be a public key", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_is_made_and_lets_in_by_the_lines_that_are_printed()
    {
        var (output, errors, exitCode) = await ServerProcess.CommandAsync("apikey", "shop", "customer", "Agent");
        Assert.Equal((0, ""), (exitCode, errors));
        var key = output.Split('\n')[0].Trim();
        var settings = Regex.Matches(output, @"^\s+(Chat:\S+)\s*$", RegexOptions.Multiline).Select(match => match.Groups[1].Value).ToArray();
        await using var server = await RunningServer.StartAsync(["Chat:Security:Authentication=ApiKey", .. settings]);
        (await server.Rest.GetAsync("/api/agent/queue", ("X-API-Key", key))).Must(200);
        (await server.Rest.PostAsync("/api/customer/sessions", new { fingerprint = "f" }, ("X-API-Key", key))).Must(200);
        (await server.Rest.GetAsync("/api/admin/customers/f/export", ("X-API-Key", key))).MustFail(403, "forbidden");

        foreach (var wrong in new[] { new[] { "apikey" }, ["apikey", "shop"], ["apikey", "shop", "boss"], ["apikey", "shop", "--role=agent"] })
        {
            (_, errors, exitCode) = await ServerProcess.CommandAsync(wrong);
            Assert.Equal(1, exitCode);
            Assert.StartsWith("Cannot make a key: ", errors, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("Development", "Chat:Security:Authentication=None", 200)]
    [InlineData("Production", "Chat:Security:Authentication=None", 404)]
    [InlineData("Staging", "Chat:Security:Authentication=None Chat:Admin:Enabled=true", 200)]
    [InlineData("Production", "Chat:Security:Authentication=Proxy Chat:Security:Proxy:TrustedNetworks:0=10.0.0.0/8", 401)]
    [InlineData("Development", "Chat:Security:Authentication=None Chat:Admin:Enabled=false", 404)]
    public async Task Administration_is_open_only_where_somebody_said_so(string environment, string settings, int status)
    {
        await using var server = await RunningServer.StartAsync([$"environment={environment}", .. settings.Split(' ')]);
        (await server.Rest.GetAsync("/api/admin/customers/f/export")).Must(status);
        (await server.Rest.PostAsync("/api/admin/seed", new { count = 1 })).Must(environment == "Development" && status == 200 ? 201 : 404);
        Assert.Contains(server.Log.Lines, line => line.Message.Contains(
            settings.Contains("=None", StringComparison.Ordinal) ? "authentication is off: anybody may call" : "authentication is Proxy; visitors may start without a credential",
            StringComparison.Ordinal));
    }
}
