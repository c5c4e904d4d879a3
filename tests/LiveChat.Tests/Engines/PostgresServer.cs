using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace LiveChat.Tests.Engines;

/// <summary>A PostgreSQL with data of its own, on a free port of this machine.</summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private static readonly Lazy<Task<PostgresServer>> SharedServer = new(() => StartAsync("-c", "fsync=off", "-c", "max_connections=400"));

    private readonly string _folder;
    private readonly string[] _settings;
    private Process? _process;

    private PostgresServer(string folder, string[] settings) => (_folder, _settings) = (folder, settings);

    /// <summary>One for all tests that only need databases, started when it is first asked for; it ends with the process.</summary>
    public static Task<PostgresServer> Shared => SharedServer.Value;

    public int Port { get; } = Engine.FreePort();

    private static string Owner => Environment.UserName == "root" ? "postgres" : Environment.UserName;

    public static async Task<PostgresServer> StartAsync(params string[] settings)
    {
        var initdb = Engine.Find("initdb");
        var folder = Directory.CreateTempSubdirectory("livechat-postgres-").FullName;
        if (Owner == "postgres")
            await RunAsync("chown", "postgres", folder);
        await RunAsync(
            Owner == "postgres" ? "setpriv" : "env",
            [.. Owner == "postgres" ? new[] { "--reuid=postgres", "--regid=postgres", "--init-groups" } : [],
                initdb, "-D", Path.Combine(folder, "data"), "-A", "trust", "-U", "livechat", "-E", "UTF8", "--locale=C", "--no-sync"]);
        var server = new PostgresServer(folder, settings);
        await server.StartAgainAsync();
        return server;
    }

    public string ConnectionString(string database) =>
        string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={Port};Username=livechat;Database={database}");

    /// <summary>A new database, and how it is reached.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = $"test_{Guid.NewGuid():N}";
        await ExecuteAsync($"CREATE DATABASE {name}");
        return ConnectionString(name);
    }

    public async Task ExecuteAsync(string sql, string database = "postgres")
    {
        await using var connection = new NpgsqlConnection(ConnectionString(database) + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Starts what was stopped, with the same data, and waits until it answers.</summary>
    public async Task StartAgainAsync()
    {
        _process = Engine.Start(
            "postgres",
            Engine.Find("postgres"),
            ["-D", Path.Combine(_folder, "data"), "-p", Port.ToString(CultureInfo.InvariantCulture), "-c", "listen_addresses=127.0.0.1", "-k", _folder, .. _settings]);
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
        await Support.Waiting.Until(async () =>
        {
            try
            {
                await ExecuteAsync("SELECT 1");
                return true;
            }
            catch (NpgsqlException)
            {
                return false;
            }
        });
    }

    /// <summary>As an operator does it: <c>fast</c> ends what is under way and writes what there is to write, <c>immediate</c> is a crash.</summary>
    public async Task StopAsync(string mode)
    {
        await SignalAsync(mode == "fast" ? "INT" : "QUIT");
        await _process!.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    /// <summary>Stops every process of it where it is, until <c>CONT</c>.</summary>
    public async Task SignalAllAsync(string signal)
    {
        var main = await MainAsync();
        await RunAsync("pkill", $"-{signal}", "-P", main);
        await RunAsync("kill", $"-{signal}", main);
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await SignalAllAsync("CONT");
            await StopAsync("immediate");
        }

        Directory.Delete(_folder, recursive: true);
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = "/", RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0 || program == "pkill", $"{program} ended with {process.ExitCode}: {errors}{await output}");
    }

    private async Task<string> MainAsync() => (await File.ReadAllLinesAsync(Path.Combine(_folder, "data", "postmaster.pid")))[0];

    private async Task SignalAsync(string signal) => await RunAsync("kill", $"-{signal}", await MainAsync());
}
