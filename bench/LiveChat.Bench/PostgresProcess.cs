using System.Diagnostics;
using System.Globalization;

namespace LiveChat.Bench;

/// <summary>A PostgreSQL of its own, as it comes but for its port: every commit is on the disk.</summary>
internal sealed class PostgresProcess : IDisposable
{
    private const double MicrosecondsPerTick = 10_000;

    private readonly Process _process;
    private readonly string _folder;
    private readonly int _port;

    private PostgresProcess(Process process, string folder, int port) => (_process, _folder, _port) = (process, folder, port);

    public string ConnectionString => string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={_port};Username=postgres;Database=postgres");

    public string Url => string.Create(CultureInfo.InvariantCulture, $"postgres://postgres@127.0.0.1:{_port}/postgres");

    /// <summary>CPU time of it and of the processes that it has, up to now, in microseconds.</summary>
    public double Cpu => MicrosecondsPerTick * Directory.EnumerateDirectories("/proc")
        .Select(folder => int.TryParse(Path.GetFileName(folder), out var id) ? id : 0)
        .Where(id => id == _process.Id || (id > 0 && Fields(id) is { } stat && int.Parse(stat[1], CultureInfo.InvariantCulture) == _process.Id))
        .Sum(id => Fields(id) is { } stat ? long.Parse(stat[11], CultureInfo.InvariantCulture) + long.Parse(stat[12], CultureInfo.InvariantCulture) : 0);

    public static async Task<PostgresProcess> StartAsync(int port)
    {
        var folder = Path.Combine(Path.GetTempPath(), $"livechat-bench-postgres-{Guid.NewGuid():N}");
        using (var made = Start(Find("initdb"), "-D", folder, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"))
        {
            await made.WaitForExitAsync();
            if (made.ExitCode != 0)
                throw new InvalidOperationException("initdb failed.");
        }

        var process = Start(Find("postgres"), "-D", folder, "-p", $"{port}", "-c", "listen_addresses=127.0.0.1", "-k", folder, "-c", "max_connections=200");
        var postgres = new PostgresProcess(process, folder, port);
        while (true)
        {
            using var ready = Start(Find("pg_isready"), "-h", "127.0.0.1", "-p", $"{port}");
            await ready.WaitForExitAsync();
            if (ready.ExitCode == 0)
                return postgres;
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
    }

    /// <summary>The statement's one value, by PostgreSQL's own client.</summary>
    public long Ask(string sql)
    {
        using var psql = Start(Find("psql"), "-h", "127.0.0.1", "-p", $"{_port}", "-U", "postgres", "-Atc", sql);
        var answer = psql.StandardOutput.ReadToEnd();
        psql.WaitForExit();
        return long.Parse(answer, CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        using (var stop = Process.Start("kill", ["-QUIT", $"{_process.Id}"]))
            stop.WaitForExit();
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static string Find(string program) => Directory.GetDirectories("/usr/lib/postgresql").OrderDescending()
        .Select(version => Path.Combine(version, "bin", program)).First(File.Exists);

    /// <summary>As postgres where this is root, which it does not like.</summary>
    private static Process Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = "/", RedirectStandardOutput = true, RedirectStandardError = true };
        if (Environment.UserName == "root")
        {
            start = new ProcessStartInfo("setpriv", ["--reuid=postgres", "--regid=postgres", "--init-groups", program, .. arguments])
            { WorkingDirectory = "/", RedirectStandardOutput = true, RedirectStandardError = true };
        }

        var process = Process.Start(start)!;
        process.BeginErrorReadLine();
        return process;
    }

    private static string[]? Fields(int id)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{id}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            // It has ended meanwhile.
            return null;
        }
    }
}
