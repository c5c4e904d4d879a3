using System.Globalization;
using LiveChat.Tests.Support;

namespace LiveChat.Tests.Engines;

/// <summary>A Redis of its own on 127.0.0.1 that keeps nothing on the disk. Skips the test where Redis is not installed.</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private readonly DirectoryInfo _folder;
    private readonly string[] _arguments;
    private EngineProcess? _process;

    private RedisServer(int port, DirectoryInfo folder, string[] arguments)
    {
        (Port, _folder) = (port, folder);
        _arguments = [.. arguments, "--port", port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--dir", folder.FullName];
    }

    public int Port { get; }

    public string Endpoint => $"127.0.0.1:{Port}";

    /// <param name="options">As on its command line, each name and value apart: <c>"--requirepass", "secret"</c>.</param>
    public static Task<RedisServer> StartAsync(params string[] options) =>
        StartAsync(FreePort.Next(), NewFolder(), ["--save", "", "--appendonly", "no", "--repl-diskless-sync-delay", "0", .. options]);

    /// <summary>A Sentinel, with its configuration in a file of its own, which it writes to.</summary>
    public static async Task<RedisServer> StartSentinelAsync(string configuration)
    {
        var folder = NewFolder();
        var file = Path.Combine(folder.FullName, "sentinel.conf");
        await File.WriteAllTextAsync(file, configuration, CancellationToken.None);
        return await StartAsync(FreePort.Next(), folder, file, "--sentinel");
    }

    /// <summary>Runs a command and gives its answer as text, lines for lists. An error as its answer fails.</summary>
    public Task<string> CommandAsync(params string[] command) => Tool.RunAsync(
        "redis-cli",
        ["-e", "-h", "127.0.0.1", "-p", Port.ToString(CultureInfo.InvariantCulture), .. command]);

    public Task FlushAsync() => CommandAsync("FLUSHALL");

    /// <summary>What its process has used of processors.</summary>
    public TimeSpan Cpu => _process!.Cpu;

    /// <summary>SIGKILL.</summary>
    public Task KillAsync() => _process!.KillAsync();

    /// <summary>Starts what was killed, on the same port, empty.</summary>
    public async Task StartAgainAsync()
    {
        _process?.Dispose();
        _process = EngineProcess.Start([Tool.Find("redis-server"), .. _arguments]);
        await _process.ReadyAsync(() => Task.FromResult(_process.Output.Contains("eady to accept connections", StringComparison.Ordinal)
            || _process.Output.Contains("Sentinel ID is", StringComparison.Ordinal)));
    }

    /// <summary>Connections stay and nothing answers, until <see cref="Thaw"/>.</summary>
    public void Freeze() => _process!.Freeze();

    public void Thaw() => _process!.Thaw();

    public ValueTask DisposeAsync()
    {
        _process?.Dispose();
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    private static async Task<RedisServer> StartAsync(int port, DirectoryInfo folder, params string[] arguments)
    {
        var server = new RedisServer(port, folder, arguments);
        try
        {
            await server.StartAgainAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    private static DirectoryInfo NewFolder() => Directory.CreateTempSubdirectory("livechat-redis-");
}
