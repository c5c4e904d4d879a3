using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;
using LiveChat.Tests.Engines;
using LiveChat.Tests.Support;

namespace LiveChat.Tests.Security;

/// <summary>nginx and HAProxy in front of the server, as deploy/ has them: whose address counts, and whose word.</summary>
public class RealProxyTests
{
    [Fact]
    public async Task HAProxy_passes_clients_on_and_none_of_their_inventions()
    {
        await using var server = await RunningServer.StartAsync(
            "Chat:Security:Authentication=Proxy", "Chat:Security:Proxy:TrustedNetworks:0=127.0.0.1", "Chat:Security:ForwardedFrom:0=127.0.0.1");
        using var home = new Home();
        home.WriteCertificate();
        var port = FreePort.Next();
        var config = (await File.ReadAllTextAsync(Path.Combine(Tool.Root, "deploy", "haproxy", "haproxy.cfg"), TestContext.Current.CancellationToken))
            .Replace("bind :443 ssl crt /etc/livechat/tls.pem", $"bind 127.0.0.1:{port} ssl crt {home.Path}/tls.pem", StringComparison.Ordinal)
            .Replace("127.0.0.1:8383", $"127.0.0.1:{server.RestAddress.Port}", StringComparison.Ordinal)
            .Replace("127.0.0.1:9094", $"127.0.0.1:{server.GatewayAddress.Port}", StringComparison.Ordinal)
            .Replace("check port 8383", $"check port {server.RestAddress.Port}", StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(home.Path, "haproxy.cfg"), config, TestContext.Current.CancellationToken);
        await Tool.RunAsync("haproxy", "-c", "-f", Path.Combine(home.Path, "haproxy.cfg"));
        using var haproxy = Tool.Start("haproxy", "-db", "-f", Path.Combine(home.Path, "haproxy.cfg"));
        using var client = await ClientAsync(new Uri($"https://127.0.0.1:{port}"), "/api/agent/queue");

        // Whatever a client says of itself, it is nobody here; and what is inside stays there.
        (await AskAsync(client, "/api/agent/queue", ("X-Auth-User", "root"), ("X-Auth-Roles", "agent,admin"))).MustBe(401);
        (await AskAsync(client, "/api/admin/customers/f/export", ("X-Auth-User", "root"), ("X-Auth-Roles", "admin"))).MustBe(404);
        (await AskAsync(client, "/actuator/health")).MustBe(404);
        (await AskAsync(client, "/widget.js")).MustBe(200);
        (await AskAsync(client, "/console/")).MustBe(200);
        foreach (var path in new[] { "/api/Admin/customers/f/export", "/api/%61dmin/customers/f/export", "/api/customer/%2e%2e/admin/customers/f/export", "/API/admin/customers/f/export", "/docs" })
            (await AskAsync(client, path)).MustBe(404);
        (await AskAsync(client, "/socket.io/?EIO=4&transport=polling")).MustBe(200);
    }

    [Fact]
    public async Task Nginx_says_who_it_has_authenticated()
    {
        await using var server = await RunningServer.StartAsync("Chat:Security:Authentication=Proxy", "Chat:Security:Proxy:TrustedNetworks:0=127.0.0.1");
        using var home = new Home();
        home.WriteCertificate();
        var port = FreePort.Next();
        await File.WriteAllTextAsync(
            Path.Combine(home.Path, "users"), $"ashik:{{PLAIN}}secret{Environment.NewLine}", TestContext.Current.CancellationToken);
        var site = (await File.ReadAllTextAsync(Path.Combine(Tool.Root, "deploy", "nginx", "livechat.conf"), TestContext.Current.CancellationToken))
            .Replace("listen 443 ssl", $"listen 127.0.0.1:{port} ssl", StringComparison.Ordinal)
            .Replace("/etc/livechat/tls.crt", $"{home.Path}/tls.pem", StringComparison.Ordinal)
            .Replace("/etc/livechat/tls.key", $"{home.Path}/tls.pem", StringComparison.Ordinal)
            .Replace("127.0.0.1:8383", $"127.0.0.1:{server.RestAddress.Port}", StringComparison.Ordinal)
            .Replace("127.0.0.1:9094", $"127.0.0.1:{server.GatewayAddress.Port}", StringComparison.Ordinal)
            .Replace("proxy_set_header X-Auth-User       \"\";", $"auth_basic \"agents\"; auth_basic_user_file {home.Path}/users; proxy_set_header X-Auth-User $remote_user;", StringComparison.Ordinal)
            .Replace("proxy_set_header X-Auth-Roles      \"\";", "proxy_set_header X-Auth-Roles agent;", StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(home.Path, "livechat.conf"), site, TestContext.Current.CancellationToken);
        using var nginx = await StartNginxAsync(home);
        using var client = await ClientAsync(new Uri($"https://127.0.0.1:{port}"), "/api/agent/queue");

        (await AskAsync(client, "/api/agent/queue", ("X-Auth-User", "root"))).MustBe(401);
        var (agents, inside) = (("Authorization", $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes("ashik:secret"))}"), new[] { "/api/Admin/customers/f/export", "/api/%61dmin/customers/f/export", "/actuator/info" });
        foreach (var path in inside)
            (await AskAsync(client, path, agents)).MustBe(404);
        var basic = ("Authorization", $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes("ashik:secret"))}");
        (await AskAsync(client, "/api/agent/queue", basic, ("X-Auth-User", "root"), ("X-Auth-Roles", "admin"))).MustBe(200);
        (await AskAsync(client, "/api/agent/queue?agentId=ashik", basic)).MustBe(200);
        (await AskAsync(client, "/api/agent/queue?agentId=root", basic)).MustBe(403);
    }

    [Fact]
    public async Task Nginx_keeps_what_polls_with_its_server_and_spreads_the_rest()
    {
        await using var one = await RunningServer.StartAsync();
        await using var other = await RunningServer.StartAsync();
        using var home = new Home();
        home.WriteCertificate();
        var port = FreePort.Next();
        var text = await File.ReadAllTextAsync(Path.Combine(Tool.Root, "deploy", "nginx", "livechat.conf"), TestContext.Current.CancellationToken);
        var site = Regex.Replace(text, @"upstream livechat_\w+ \{[^}]*\}", "")
            .Replace("proxy_pass http://livechat_gateway;", "proxy_pass http://$livechat_gateway;", StringComparison.Ordinal)
            .Replace("listen 443 ssl", $"listen 127.0.0.1:{port} ssl", StringComparison.Ordinal)
            .Replace("/etc/livechat/tls.crt", $"{home.Path}/tls.pem", StringComparison.Ordinal)
            .Replace("/etc/livechat/tls.key", $"{home.Path}/tls.pem", StringComparison.Ordinal);
        var cluster = (await File.ReadAllTextAsync(Path.Combine(Tool.Root, "deploy", "nginx", "cluster.conf"), TestContext.Current.CancellationToken))
            .Replace("livechat1:8383", one.RestAddress.Authority, StringComparison.Ordinal).Replace("livechat1:9094", one.GatewayAddress.Authority, StringComparison.Ordinal)
            .Replace("livechat2:8383", other.RestAddress.Authority, StringComparison.Ordinal).Replace("livechat2:9094", other.GatewayAddress.Authority, StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(home.Path, "livechat.conf"), cluster + site, TestContext.Current.CancellationToken);
        using var nginx = await StartNginxAsync(home);
        using var client = await ClientAsync(new Uri($"https://127.0.0.1:{port}"), "/api/agent/queue", HttpStatusCode.OK);

        for (var i = 0; i < 8; i++)
        {
            var handshake = await client.GetStringAsync(new Uri("/socket.io/?EIO=4&transport=polling", UriKind.Relative), TestContext.Current.CancellationToken);
            var sid = Regex.Match(handshake, "\"sid\":\"([^\"]+)\"").Groups[1].Value;
            using var body = new StringContent("40{\"role\":\"agent\",\"scope\":\"queue\"}");
            using var sent = await client.PostAsync(new Uri($"/socket.io/?EIO=4&transport=polling&sid={sid}", UriKind.Relative), body, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, sent.StatusCode);
        }
    }

    private static async Task<Tool> StartNginxAsync(Home home)
    {
        await File.WriteAllTextAsync(
            Path.Combine(home.Path, "nginx.conf"),
            $$"""
            daemon off;
            pid {{home.Path}}/nginx.pid;
            error_log {{home.Path}}/error.log;
            events {}
            http {
              client_body_temp_path {{home.Path}}/t1; proxy_temp_path {{home.Path}}/t2; fastcgi_temp_path {{home.Path}}/t3; uwsgi_temp_path {{home.Path}}/t4; scgi_temp_path {{home.Path}}/t5;
              include {{home.Path}}/livechat.conf;
            }
            """,
            TestContext.Current.CancellationToken);
        string[] arguments = ["-p", home.Path, "-c", Path.Combine(home.Path, "nginx.conf"), "-e", Path.Combine(home.Path, "error.log")];
        await Tool.RunAsync("nginx", ["-t", "-q", .. arguments]);
        return Tool.Start("nginx", arguments);
    }

    private static async Task<HttpClient> ClientAsync(Uri address, string path, HttpStatusCode expected = HttpStatusCode.Unauthorized)
    {
        var client = new HttpClient(new HttpClientHandler { UseProxy = false, ServerCertificateCustomValidationCallback = (_, shown, _, _) => shown is not null })
        {
            BaseAddress = address,
            Timeout = Waiting.Limit,
        };
        await Waiting.Until(async () =>
        {
            try
            {
                using var answer = await client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
                return answer.StatusCode == expected;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        });
        return client;
    }

    private static async Task<Status> AskAsync(HttpClient client, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken).Soon();
        return new Status((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken).Soon());
    }

    private sealed record Status(int Code, string Body)
    {
        public void MustBe(int code) => Assert.True(Code == code, string.Create(CultureInfo.InvariantCulture, $"{Code} instead of {code}: {Body}"));
    }

    private sealed class Home : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("livechat-proxy-").FullName;

        public Home()
        {
            // A proxy that drops its rights must be able to look in.
            if (OperatingSystem.IsLinux())
                File.SetUnixFileMode(Path, (UnixFileMode)0b111_101_101);
        }

        public void WriteCertificate()
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var now = TimeProvider.System.GetUtcNow();
            using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
            File.WriteAllText(System.IO.Path.Combine(Path, "tls.pem"), certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n");
        }

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
