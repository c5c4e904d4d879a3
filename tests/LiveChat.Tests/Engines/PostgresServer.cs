using System.Globalization;
using LiveChat.Tests.Support;
using Npgsql;

namespace LiveChat.Tests.Engines;

/// <summary>
/// A PostgreSQL of its own on 127.0.0.1, with its data in a temporary folder. Skips the test where PostgreSQL is not installed. Most tests
/// take a database of <see cref="Shared"/>; who stops or stalls a server starts one.
/// </summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    private static readonly Lazy<Task<PostgresServer>> Lazily = new(async () =>
    {
        var server = await StartAsync(fsync: false, "max_connections=400");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => server.DisposeAsync().AsTask().Wait(TimeSpan.FromSeconds(10));
        return server;
    });

    private static readonly string[] Folders = Directory.Exists("/usr/lib/postgresql")
        ? [.. Directory.GetDirectories("/usr/lib/postgresql").OrderByDescending(Version).Select(folder => Path.Combine(folder, "bin"))]
        : [];

    // It refuses root; root can be anybody.
    private static readonly string[] AsUser = Environment.UserName == "root"
        ? ["/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
        : [];

    private readonly string _folder;
    private readonly string[] _options;
    private EngineProcess? _process;

    private PostgresServer(string folder, string[] options) => (_folder, _options) = (folder, options);

    /// <summary>The server of the whole run, which no test may stop. It ends with the run.</summary>
    public static Task<PostgresServer> Shared => Lazily.Value;

    public int Port { get; } = FreePort.Next();

    /// <summary>Of the database that is always there.</summary>
    public string ConnectionString => Of("postgres");

    /// <param name="fsync">Whether a commit is on the disk: off for tests that commit much and cut no power.</param>
    /// <param name="options">More settings, as <c>max_connections=20</c>.</param>
    public static async Task<PostgresServer> StartAsync(bool fsync = true, params string[] options)
    {
        var folder = Path.Combine(Path.GetTempPath(), "livechat-postgres-" + Guid.NewGuid().ToString("N"));
        var server = new PostgresServer(folder, [$"fsync={(fsync ? "on" : "off")}", .. options]);
        try
        {
            using (var initdb = EngineProcess.Start(
                [.. AsUser, Tool.Find("initdb", Folders), "-D", folder, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]))
            {
                await Waiting.Until(() => initdb.HasExited);
                if (!File.Exists(Path.Combine(folder, "PG_VERSION")))
                    throw new InvalidOperationException($"initdb failed:\n{initdb.Output}");
            }

            await server.StartAgainAsync();
            return server;
        }
        catch
        {
            server.End();
            throw;
        }
    }

    /// <summary>A new, empty database; gives its connection string.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = "t" + Guid.NewGuid().ToString("N");
        await ExecuteAsync($"CREATE DATABASE {name}");
        return Of(name);
    }

    /// <summary>Runs a statement in the database that is always there.</summary>
    public async Task ExecuteAsync(string statement)
    {
        await using var connection = new NpgsqlConnection(ConnectionString + ";Pooling=false");
        await connection.OpenAsync(CancellationToken.None);
        await using var command = new NpgsqlCommand(statement, connection);
        await command.ExecuteNonQueryAsync(CancellationToken.None);
    }

    /// <summary>A standby of this server, without which from now on nothing is committed here.</summary>
    public async Task<PostgresServer> StandbyAsync()
    {
        var folder = Path.Combine(Path.GetTempPath(), "livechat-postgres-" + Guid.NewGuid().ToString("N"));
        var standby = new PostgresServer(folder, _options);
        using (var copy = EngineProcess.Start(
            [.. AsUser, Tool.Find("pg_basebackup", Folders), "-D", folder, "-h", "127.0.0.1", "-p", $"{Port}", "-U", "postgres", "-R", "--checkpoint=fast", "--no-sync"]))
        {
            await Waiting.Until(() => copy.HasExited);
            if (!File.Exists(Path.Combine(folder, "standby.signal")))
                throw new InvalidOperationException($"pg_basebackup failed:\n{copy.Output}");
        }

        await standby.StartAgainAsync();
        await ExecuteAsync("ALTER SYSTEM SET synchronous_standby_names = '*'");
        await ExecuteAsync("SELECT pg_reload_conf()");
        return standby;
    }

    /// <summary>Makes the standby the primary.</summary>
    public Task PromoteAsync() => ExecuteAsync("SELECT pg_promote()");

    /// <summary>Cuts the connections, rolls back what is open, and ends (mode fast).</summary>
    public Task StopFastAsync() => _process!.InterruptAsync();

    /// <summary>Ends as in a crash: the next start recovers from the log (mode immediate).</summary>
    public Task StopImmediatelyAsync() => _process!.QuitAsync();

    /// <summary>Starts what was stopped, on the same port with the same data.</summary>
    public async Task StartAgainAsync()
    {
        string[] settings =
        [
            $"port={Port.ToString(CultureInfo.InvariantCulture)}", "listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=200",
            "shared_buffers=64MB", .. _options,
        ];
        _process?.Dispose();
        _process = EngineProcess.Start([.. AsUser, Tool.Find("postgres", Folders), "-D", _folder, .. settings.SelectMany(setting => new[] { "-c", setting })]);
        await _process.ReadyAsync(async () =>
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

    /// <summary>What its processes have used of processors.</summary>
    public TimeSpan Cpu => _process!.Cpu;

    /// <summary>Connections stay and nothing answers, until <see cref="Thaw"/>.</summary>
    public void Freeze() => _process!.Freeze();

    public void Thaw() => _process!.Thaw();

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Thaw();
            await _process.QuitAsync();
        }

        End();
    }

    private static int Version(string folder) => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var version) ? version : 0;

    private string Of(string database) => $"Host=127.0.0.1;Port={Port};Username=postgres;Database={database}";

    private void End()
    {
        _process?.Dispose();
        if (!Directory.Exists(_folder))
            return;

        try
        {
            Directory.Delete(_folder, recursive: true);
        }
        catch (IOException)
        {
            // Processes of a server that was killed end a moment later and may write yet.
        }
    }
}
