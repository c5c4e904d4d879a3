using System.Diagnostics;
using System.Runtime.InteropServices;
using LiveChat.Tests.Support;

namespace LiveChat.Tests.Engines;

/// <summary>
/// A database's or a broker's process. It ends with <see cref="Dispose"/>, and by itself when the process of the tests is gone, however that
/// ended: a shell that waits for the end of its input kills it.
/// </summary>
internal sealed partial class EngineProcess : IDisposable
{
    private const int Interrupt = 2, Quit = 3, Continue = 18, StopNow = 19;

    // The shell becomes the engine, so the engine's id is the process's. A line instead of the end means that the engine is gone already: its
    // id may be another's by then.
    private const string Watched =
        "exec 3<&0; (read -r line <&3 || kill -KILL $$) >/dev/null 2>&1 & exec \"$@\" 3<&- </dev/null";

    private readonly Process _process;
    private readonly List<string> _output = [];

    private EngineProcess(Process process) => _process = process;

    public int Id => _process.Id;

    /// <summary>What it, and the processes that it started and that live, have used of processors.</summary>
    public TimeSpan Cpu => All().Aggregate(TimeSpan.Zero, static (sum, process) => sum + process.TotalProcessorTime);

    public bool HasExited => _process.HasExited;

    /// <summary>What it has written so far.</summary>
    public string Output
    {
        get
        {
            lock (_output)
                return string.Join('\n', _output);
        }
    }

    /// <param name="command">The program's path and its arguments.</param>
    public static EngineProcess Start(params string[] command)
    {
        // A user such as postgres may not look at the folder that the tests run in.
        var start = new ProcessStartInfo("/bin/sh", ["-c", Watched, "engine", .. command])
        {
            WorkingDirectory = "/",
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var engine = new EngineProcess(Process.Start(start)!);
        _ = engine.KeepAsync(engine._process.StandardOutput);
        _ = engine.KeepAsync(engine._process.StandardError);
        return engine;
    }

    /// <summary>Waits until it serves. Fails with what it wrote when it ends before.</summary>
    public Task ReadyAsync(Func<Task<bool>> isReady) => Waiting.Until(async () =>
    {
        if (HasExited)
            throw new InvalidOperationException($"The engine ended with {_process.ExitCode}:\n{Output}");
        return await isReady();
    });

    /// <summary>SIGINT, and waits for the end.</summary>
    public Task InterruptAsync() => EndAsync(Interrupt);

    /// <summary>SIGQUIT, and waits for the end.</summary>
    public Task QuitAsync() => EndAsync(Quit);

    /// <summary>SIGKILL, and waits for the end.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None).Soon();
    }

    /// <summary>Stops the process and those that it started: connections stay and nothing answers, until <see cref="Thaw"/>.</summary>
    public void Freeze() => SignalAll(StopNow);

    public void Thaw() => SignalAll(Continue);

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.WaitForExit();
        try
        {
            _process.StandardInput.WriteLine();
        }
        catch (IOException)
        {
            // Nobody waits for it any more.
        }

        _process.Dispose();
    }

    private async Task EndAsync(int signal)
    {
        Signal(Id, signal);
        await _process.WaitForExitAsync(CancellationToken.None).Soon();
    }

    private void SignalAll(int signal)
    {
        // Itself first: what is stopped starts nothing more.
        Signal(Id, signal);
        foreach (var process in All())
            Signal(process.Id, signal);
    }

    private IEnumerable<Process> All() => Process.GetProcesses().Where(process => process.Id == Id || ParentOf(process.Id) == Id);

    private static int? ParentOf(int id)
    {
        try
        {
            // The name, in brackets, may hold blanks; the parent is the second field after it.
            var stat = File.ReadAllText($"/proc/{id}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            // It has ended meanwhile.
            return null;
        }
    }

    private async Task KeepAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync(CancellationToken.None) is { } line)
        {
            lock (_output)
            {
                if (_output.Count == 200)
                    _output.RemoveAt(0);
                _output.Add(line);
            }
        }
    }

    private static void Signal(int id, int signal)
    {
        if (Kill(id, signal) != 0 && Marshal.GetLastPInvokeError() is var error && error != NoSuchProcess)
            throw new InvalidOperationException($"kill({id}, {signal}) failed with {error}.");
    }

    private const int NoSuchProcess = 3;

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int id, int signal);
}
