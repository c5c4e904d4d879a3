using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace SocketIO.Bench;

/// <summary>A server in a process of its own, and what the kernel says of it.</summary>
internal sealed class ServerProcess : IDisposable
{
    private const double MicrosecondsPerTick = 10_000;

    private readonly Process _process;
    private bool _ended;

    private ServerProcess(Process process) => _process = process;

    public int Id => _process.Id;

    /// <summary>CPU time of all its threads up to now, in microseconds.</summary>
    public double Cpu
    {
        get
        {
            // From the scheduler, in nanoseconds; stat counts in ticks of 10 ms.
            double total = 0;
            foreach (var task in Directory.EnumerateDirectories($"/proc/{_process.Id}/task"))
            {
                try
                {
                    total += double.Parse(File.ReadAllText(task + "/schedstat").Split(' ')[0], CultureInfo.InvariantCulture) / 1000;
                }
                catch (IOException)
                {
                    // The thread has ended; its time is in the process's own figure only.
                }
            }

            return Math.Max(total, Ticks() * MicrosecondsPerTick);
        }
    }

    /// <summary>Proportional memory, in bytes.</summary>
    public double Memory => 1024.0 * int.Parse(
        File.ReadLines($"/proc/{_process.Id}/smaps_rollup").First(line => line.StartsWith("Pss:", StringComparison.Ordinal))[4..].Replace("kB", "", StringComparison.Ordinal),
        CultureInfo.InvariantCulture);

    /// <summary>Starts it and waits until it listens.</summary>
    public static async Task<ServerProcess> StartAsync(int port, string program, string arguments, string directory, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = directory };
        start.Environment["PORT"] = port.ToString(CultureInfo.InvariantCulture);
        foreach (var (key, value) in environment)
            start.Environment[key] = value;
        var server = new ServerProcess(Process.Start(start)!);
        for (var attempt = 0; attempt < 100; attempt++)
        {
            try
            {
                using var probe = new TcpClient();
                await probe.ConnectAsync("127.0.0.1", port);
                return server;
            }
            catch (SocketException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            }
        }

        server.Dispose();
        throw new InvalidOperationException($"{program} {arguments} does not listen on {port}.");
    }

    /// <summary>Ends it, and waits until its port is free.</summary>
    public void Dispose()
    {
        if (_ended)
            return;
        _ended = true;
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }

    private double Ticks()
    {
        var fields = File.ReadAllText($"/proc/{_process.Id}/stat");
        var rest = fields[(fields.LastIndexOf(')') + 2)..].Split(' ');
        return double.Parse(rest[11], CultureInfo.InvariantCulture) + double.Parse(rest[12], CultureInfo.InvariantCulture);
    }
}
