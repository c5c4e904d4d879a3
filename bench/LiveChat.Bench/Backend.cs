using System.Diagnostics;
using System.Globalization;
using SocketIO.Bench;

namespace LiveChat.Bench;

/// <summary>A backend under load: its processes, and where it listens.</summary>
internal sealed record Backend(string Name, int Rest, int Gateway, ServerProcess Server, ServerProcess? Redis, string Folder) : IDisposable
{
    private static readonly string Root = FindRoot();

    /// <summary>Where callers have tokens; null where authentication is off.</summary>
    public Tokens? Tokens { get; init; }

    /// <summary>The servers beside the first, of the same backend.</summary>
    public IReadOnlyList<ServerProcess> Others { get; init; } = [];

    /// <summary>Where each server listens.</summary>
    public IReadOnlyList<(int Api, int Gateway)> Doors { get; init; } = [(Rest, Gateway)];

    /// <summary>Where it keeps what it is told; null where that is in a file or in Redis.</summary>
    public PostgresProcess? Postgres { get; init; }

    /// <summary>CPU of all servers, in microseconds.</summary>
    public double Cpu => Server.Cpu + Others.Sum(server => server.Cpu);

    public double PostgresCpu => Postgres?.Cpu ?? 0;

    /// <summary>How many batches our servers have committed to PostgreSQL; 0 of others.</summary>
    public async Task<long> BatchesAsync()
    {
        const string Count = "livechat_store_append_batch_size_count";
        if (Postgres is null || !Name.StartsWith("ours", StringComparison.Ordinal))
            return 0;

        using var http = new HttpClient();
        var total = 0L;
        foreach (var (api, _) in Doors)
        {
            var text = await http.GetStringAsync(new Uri($"http://127.0.0.1:{api}/actuator/prometheus"));
            total += text.Split('\n').Where(line => line.StartsWith(Count, StringComparison.Ordinal)).Sum(line => long.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture));
        }

        return total;
    }

    public double RedisCpu => Redis?.Cpu ?? 0;

    /// <summary>The program as its README starts it, but for the rate limit, which would end the measurement.</summary>
    /// <param name="withTokens">With authentication by JWT, where it is off otherwise.</param>
    public static async Task<Backend> StartOursAsync(bool withTokens = false)
    {
        var tokens = withTokens ? new Tokens() : null;
        var folder = Directory.CreateTempSubdirectory("livechat-bench-").FullName;
        var program = Path.Combine(Root, "artifacts", "bin", "LiveChat.Server", "release", "LiveChat.Server");
        var arguments = $"--environment=Development --Chat:Rest:Port=4201 --Chat:Gateway:Port=4202 --Chat:Security:RateLimit:PermitLimit=0 --Chat:Security:RateLimit:Handshakes:PermitLimit=0 " +
            $"--Chat:Queue:MaxConcurrentByAgent=1000 \"--ConnectionStrings:Sqlite=Data Source={folder}/livechat.db\"";
        if (tokens is not null)
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "issuer.pem"), tokens.PublicKey);
            arguments += $" --Chat:Security:Authentication=Jwt --Chat:Security:Jwt:Issuer={Tokens.Issuer} --Chat:Security:Jwt:Audience={Tokens.Audience} " +
                $"--Chat:Security:Jwt:SigningKeys:0={folder}/issuer.pem";
        }

        return new Backend("ours", 4201, 4202, await ServerProcess.StartAsync(4202, program, arguments, folder), null, folder) { Tokens = tokens };
    }

    public static async Task<Backend> StartExpressAsync()
    {
        var folder = Directory.CreateTempSubdirectory("livechat-bench-").FullName;
        const int RedisPort = 4204;
        var redis = await ServerProcess.StartAsync(
            RedisPort, "redis-server", $"--port {RedisPort} --bind 127.0.0.1 --appendonly yes --appendfsync everysec --dir {folder} --loglevel warning", folder);
        // Without the native unmasking that another peer brings along: socket.io does not come with it.
        var server = await ServerProcess.StartAsync(
            4203, "node", "express-chat.js", Path.Combine(Root, "bench", "peers"),
            ("REDIS_PORT", RedisPort.ToString(CultureInfo.InvariantCulture)), ("WS_NO_BUFFER_UTIL", "1"));
        return new Backend("express", 4203, 4203, server, redis, folder);
    }

    /// <summary>Servers of ours on one PostgreSQL and one Redis.</summary>
    public static Task<Backend> StartOursAsync(int servers) => StartManyAsync("ours", servers, (number, postgres, redis) =>
    {
        var (api, gateway) = (4211 + (2 * number), 4212 + (2 * number));
        var program = Path.Combine(Root, "artifacts", "bin", "LiveChat.Server", "release", "LiveChat.Server");
        var arguments = $"--environment=Development --Chat:Rest:Port={api} --Chat:Gateway:Port={gateway} --Chat:Security:RateLimit:PermitLimit=0 --Chat:Security:RateLimit:Handshakes:PermitLimit=0 " +
            $"--Chat:Queue:MaxConcurrentByAgent=1000 --Chat:Cluster:Node=s{number} --ConnectionStrings:Redis=127.0.0.1:{redis} \"--ConnectionStrings:Postgres={postgres.ConnectionString}\"";
        return (api, gateway, ServerProcess.StartAsync(gateway, program, arguments, Root));
    });

    /// <summary>Processes of Express with socket.io and its Redis adapter, on the same.</summary>
    public static Task<Backend> StartExpressAsync(int servers) => StartManyAsync("express", servers, (number, postgres, redis) =>
    {
        var port = 4231 + number;
        return (port, port, ServerProcess.StartAsync(
            port, "node", "express-pg.js", Path.Combine(Root, "bench", "peers"),
            ("REDIS_PORT", redis.ToString(CultureInfo.InvariantCulture)), ("DATABASE_URL", postgres.Url), ("WS_NO_BUFFER_UTIL", "1")));
    });

    public static async Task<Backend> StartFloorAsync()
    {
        var folder = Directory.CreateTempSubdirectory("livechat-bench-").FullName;
        return new Backend("floor", 4201, 4201, await ServerProcess.StartAsync(4201, Environment.ProcessPath!, "floor", folder), null, folder);
    }

    public void Dispose()
    {
        Server.Dispose();
        foreach (var server in Others)
            server.Dispose();
        Redis?.Dispose();
        Postgres?.Dispose();
        Tokens?.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private static async Task<Backend> StartManyAsync(
        string name, int servers, Func<int, PostgresProcess, int, (int Api, int Gateway, Task<ServerProcess> Server)> start)
    {
        const int RedisPort = 4204;
        var folder = Directory.CreateTempSubdirectory("livechat-bench-").FullName;
        var postgres = await PostgresProcess.StartAsync(4205);
        var redis = await ServerProcess.StartAsync(
            RedisPort, "redis-server", $"--port {RedisPort} --bind 127.0.0.1 --save \"\" --appendonly no --dir {folder} --loglevel warning", folder);
        var doors = new List<(int Api, int Gateway)>();
        var started = new List<ServerProcess>();
        for (var number = 0; number < servers; number++)
        {
            var (api, gateway, server) = start(number, postgres, RedisPort);
            doors.Add((api, gateway));
            started.Add(await server);
        }

        return new Backend($"{name} × {servers}", doors[0].Api, doors[0].Gateway, started[0], redis, folder)
        {
            Others = started[1..],
            Doors = doors,
            Postgres = postgres,
        };
    }

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "LiveChat.slnx")))
            directory = directory.Parent ?? throw new UnreachableException();
        return directory.FullName;
    }
}
