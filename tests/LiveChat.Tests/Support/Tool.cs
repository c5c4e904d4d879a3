using System.Diagnostics;

namespace LiveChat.Tests.Support;

/// <summary>Programs of the system that tests start: proxies, checkers, scripts. In CI one that is missing fails its test, elsewhere the test is skipped.</summary>
internal sealed class Tool : IDisposable
{
    private readonly Process _process;

    private Tool(Process process) => _process = process;

    public static string Root { get; } = Path.GetFullPath(Path.Combine(ClientProgram.Folder, "..", ".."));

    /// <summary>Runs to its end, which must be good; gives what it said.</summary>
    public static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var tool = Start(program, arguments);
        var (output, errors) = (tool._process.StandardOutput.ReadToEndAsync(), tool._process.StandardError.ReadToEndAsync());
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3), TimeProvider.System);
        await tool._process.WaitForExitAsync(limit.Token);
        var said = await output + await errors;
        Assert.True(tool._process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {tool._process.ExitCode}: {said}");
        return said;
    }

    /// <summary>Starts what is to run beside the test.</summary>
    public static Tool Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(Find(program), arguments) { WorkingDirectory = Root, RedirectStandardOutput = true, RedirectStandardError = true };
        return new Tool(Process.Start(start)!);
    }

    /// <summary>Where the program is: in the PATH, or in one of these folders.</summary>
    public static string Find(string program, params IEnumerable<string> folders)
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Append("/usr/sbin").Concat(folders)
            .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
        if (path is null)
        {
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") is not null, $"{program} is not installed.");
            Assert.Fail($"{program} is not installed.");
        }

        return path;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }
}
