using System.Text.RegularExpressions;
using LiveChat.Tests.Engines;
using LiveChat.Tests.Support;

namespace LiveChat.Tests.Cluster;

/// <summary>Servers on one PostgreSQL and one Redis, behind HAProxy: all of them processes of their own.</summary>
internal sealed partial class ClusterScene : IAsyncDisposable
{
    private readonly string[] _settings;
    private readonly string _folder = Directory.CreateTempSubdirectory("livechat-cluster-").FullName;
    private readonly (int Api, int Gateway)[] _ports;

    // Another version's LiveChat.Server.dll, which each server is at first.
    private readonly string? _before = Environment.GetEnvironmentVariable("CLUSTER_VERSION_BEFORE");
    private Tool? _proxy;

    private ClusterScene(PostgresServer postgres, RedisServer? redis, string connectionString, int servers, string[] settings)
    {
        (Postgres, Redis, ConnectionString) = (postgres, redis, connectionString);
        _ports = [.. Enumerable.Range(0, servers).Select(_ => (FreePort.Next(), FreePort.Next()))];
        Servers = new ServerProcess[servers];
        _settings = settings;
    }

    public PostgresServer Postgres { get; }

    public RedisServer? Redis { get; }

    public string ConnectionString { get; }

    public ServerProcess[] Servers { get; }

    /// <summary>Where the balancer takes calls.</summary>
    public Uri Rest { get; } = new($"http://127.0.0.1:{FreePort.Next()}");

    /// <summary>Where it takes WebSockets: each goes to any server, wherever the client was before.</summary>
    public Uri Gateway => Rest;

    public static async Task<ClusterScene> StartAsync(int servers, bool withRedis, params string[] settings)
    {
        var postgres = await PostgresServer.StartAsync(fsync: true, "max_connections=200");
        var redis = withRedis ? await RedisServer.StartAsync() : null;
        var scene = new ClusterScene(postgres, redis, await postgres.CreateDatabaseAsync(), servers, settings);
        try
        {
            await Task.WhenAll(Enumerable.Range(0, servers).Select(number => scene.StartServerAsync(number, scene._before)));
            await scene.StartProxyAsync();
            return scene;
        }
        catch
        {
            await scene.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the server of this number, on the ports that it had.</summary>
    public Task StartServerAsync(int number) => StartServerAsync(number, program: null);

    private async Task StartServerAsync(int number, string? program)
    {
        var (rest, gateway) = _ports[number];
        Servers[number] = await ServerProcess.StartAsync(
            folder: null,
            variables: null,
            [
                $"Chat:Rest:Port={rest}",
                $"Chat:Gateway:Port={gateway}",
                $"Chat:Cluster:Node=server-{number}",
                $"ConnectionStrings:Postgres={ConnectionString}",
                .. Redis is null ? [] : new[] { $"ConnectionStrings:Redis={Redis.Endpoint}" },
                .. _settings,
            ],
            program);
    }

    public async ValueTask DisposeAsync()
    {
        _proxy?.Dispose();
        foreach (var server in Servers.OfType<ServerProcess>())
            server.Dispose();
        if (Redis is not null)
            await Redis.DisposeAsync();
        await Postgres.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task StartProxyAsync()
    {
        // As deploy/ has it, but for TLS, where the servers are, and how often they are asked.
        var path = Path.Combine(_folder, "haproxy.cfg");
        var config = (await File.ReadAllTextAsync(Path.Combine(Tool.Root, "deploy", "haproxy", "cluster.cfg")))
            .Replace("bind :443 ssl crt /etc/livechat/tls.pem alpn http/1.1", $"bind {Rest.Authority}", StringComparison.Ordinal);
        config = ServerLine().Replace(config, line => line.Groups["number"].Value == "1"
            ? string.Join("\n", _ports.Select((ports, number) => line.Groups["port"].Value == "8383"
                ? $"    server s{number} 127.0.0.1:{ports.Api} check inter 250ms fall 1 rise 1"
                : $"    server s{number} 127.0.0.1:{ports.Gateway} check port {ports.Api} inter 250ms fall 1 rise 1"))
            : "");
        await File.WriteAllTextAsync(path, config);
        _proxy = Tool.Start("haproxy", "-f", path);
        using var rest = new RestClient(Rest);
        await Waiting.Until(async () =>
        {
            try
            {
                return (await rest.GetAsync("/api/agent/queue")).Status == 200;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        });
    }

    [GeneratedRegex(@"^ *server livechat(?<number>\d) livechat\d:(?<port>\d+) .*$", RegexOptions.Multiline)]
    private static partial Regex ServerLine();
}
