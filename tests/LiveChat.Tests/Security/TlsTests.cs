using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using LiveChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace LiveChat.Tests.Security;

/// <summary>TLS on both ports, with certificates that are made here and exchanged while the server runs.</summary>
public class TlsTests
{
    [Theory]
    [InlineData("pem")]
    [InlineData("pfx")]
    public async Task Both_ports_are_served_and_a_new_certificate_is_taken_up(string kind)
    {
        var folder = Directory.CreateTempSubdirectory("livechat-tls-").FullName;
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        Write(folder, kind, "first");
        await using (var server = await RunningServer.StartAsync(
            services => services.AddSingleton<TimeProvider>(clock),
            kind == "pem"
                ? [$"Kestrel:Certificates:Default:Path={folder}/tls.crt", $"Kestrel:Certificates:Default:KeyPath={folder}/tls.key"]
                : [$"Kestrel:Certificates:Default:Path={folder}/tls.pfx", "Kestrel:Certificates:Default:Password=secret"]))
        {
            Assert.Contains(server.Log.Lines, line => line.Message.StartsWith("REST on https://", StringComparison.Ordinal));
            foreach (var port in new[] { server.RestAddress.Port, server.GatewayAddress.Port })
                Assert.Equal("CN=first", (await AskAsync(port)).Subject);
            using var http = new HttpClient(new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, shown, _, _) => shown is not null });
            var polled = await http.GetStringAsync(new Uri($"https://127.0.0.1:{server.GatewayAddress.Port}/socket.io/?EIO=4&transport=polling"), TestContext.Current.CancellationToken).Soon();
            Assert.StartsWith("0{", polled, StringComparison.Ordinal);

            // Half of a new one is none: the old one is served on, and it is said.
            server.ExpectsErrors = true;
            await File.WriteAllTextAsync(Path.Combine(folder, kind == "pem" ? "tls.crt" : "tls.pfx"), "nonsense", TestContext.Current.CancellationToken);
            await Waiting.Until(async () =>
            {
                clock.Advance(TimeSpan.FromSeconds(6));
                Assert.Equal("CN=first", (await AskAsync(server.RestAddress.Port)).Subject);
                return server.Log.Lines.Any(line => line.Message.Contains("cannot be read", StringComparison.Ordinal));
            });
            Write(folder, kind, "second");
            await Waiting.Until(async () =>
            {
                clock.Advance(TimeSpan.FromSeconds(6));
                return (await AskAsync(server.GatewayAddress.Port)).Subject == "CN=second";
            });
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_WebSocket_goes_over_TLS()
    {
        var folder = Directory.CreateTempSubdirectory("livechat-tls-").FullName;
        Write(folder, "pem", "x");
        await using (var server = await RunningServer.StartAsync($"Kestrel:Certificates:Default:Path={folder}/tls.crt", $"Kestrel:Certificates:Default:KeyPath={folder}/tls.key"))
        {
            using var socket = new System.Net.WebSockets.ClientWebSocket();
            socket.Options.RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null;
            await socket.ConnectAsync(new Uri($"wss://127.0.0.1:{server.GatewayAddress.Port}/socket.io/?EIO=4&transport=websocket"), TestContext.Current.CancellationToken).Soon();
            var buffer = new byte[1000];
            var received = await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken).Soon();
            Assert.Equal((byte)'0', buffer[0]);
            Assert.True(received.EndOfMessage);
            socket.Abort();
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task What_is_no_certificate_stops_the_start()
    {
        var (errors, exitCode) = await ServerProcess.StartRefusedAsync(
            "Development", "--Chat:Rest:Port=0", "--Chat:Gateway:Port=0", "--Kestrel:Certificates:Default:Path=/no/such.pfx");
        Assert.Equal(1, exitCode);
        Assert.StartsWith("Cannot start: Kestrel:Certificates:Default:Path", Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    private static async Task<X509Certificate2> AskAsync(int port)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken).AsTask().Soon();
        await using var tls = new SslStream(client.GetStream(), leaveInnerStreamOpen: false, (_, shown, _, _) => shown is not null);
        await tls.AuthenticateAsClientAsync("localhost").Soon();
        return new X509Certificate2(tls.RemoteCertificate!);
    }

    private static void Write(string folder, string kind, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        if (kind == "pem")
        {
            File.WriteAllText(Path.Combine(folder, "tls.key"), key.ExportPkcs8PrivateKeyPem());
            File.WriteAllText(Path.Combine(folder, "tls.crt"), certificate.ExportCertificatePem());
        }
        else
        {
            File.WriteAllBytes(Path.Combine(folder, "tls.pfx"), certificate.Export(X509ContentType.Pfx, "secret"));
        }
    }
}
