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


    /// <summary>CPU of the server, in microseconds.</summary>
    public double Cpu => Server.Cpu;

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

    public static async Task<Backend> StartFloorAsync()
    {
        var folder = Directory.CreateTempSubdirectory("livechat-bench-").FullName;
        return new Backend("floor", 4201, 4201, await ServerProcess.StartAsync(4201, Environment.ProcessPath!, "floor", folder), null, folder);
    }

    public void Dispose()
    {
        Server.Dispose();
        Redis?.Dispose();
        Tokens?.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "LiveChat.slnx")))
            directory = directory.Parent ?? throw new UnreachableException();
        return directory.FullName;
    }
}
