using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace LiveChat.Tests.Support;

/// <summary>The server as a process of its own, which a test may kill.</summary>
public sealed partial class ServerProcess : IDisposable
{
    private readonly Process _process;
    private readonly List<string> _output;

    private ServerProcess(Process process, List<string> output, string rest, string gateway)
    {
        (_process, _output) = (process, output);
        (RestAddress, GatewayAddress) = (new Uri(rest), new Uri(gateway));
        Rest = new RestClient(RestAddress);
    }

    public Uri RestAddress { get; }

    public Uri GatewayAddress { get; }

    public RestClient Rest { get; }

    public int Id => _process.Id;

    /// <summary>What it has written to standard output and standard error so far.</summary>
    public string Output
    {
        get
        {
            lock (_output)
                return string.Join('\n', _output);
        }
    }

    /// <summary>Starts on free ports with its file in <paramref name="folder"/>, and waits for the line that says where it is.</summary>
    public static Task<ServerProcess> StartAsync(string folder, params string[] settings) => StartAsync(folder, null, settings);

    /// <param name="folder">Where its file is; null where the settings name another store.</param>
    /// <param name="variables">Of its environment, beside this process's own.</param>
    /// <param name="settings">Configuration, as <c>Chat:Queue:EntryTtl=00:00:10</c>.</param>
    public static Task<ServerProcess> StartAsync(string? folder, IReadOnlyDictionary<string, string>? variables, params string[] settings) =>
        StartAsync(folder, variables, settings, program: null);

    /// <param name="folder">Where its file is; null where the settings name another store.</param>
    /// <param name="variables">Of its environment, beside this process's own.</param>
    /// <param name="settings">Configuration, as <c>Chat:Queue:EntryTtl=00:00:10</c>.</param>
    /// <param name="program">Another version's <see cref="Program"/>; null for the one that was built with the tests.</param>
    public static async Task<ServerProcess> StartAsync(string? folder, IReadOnlyDictionary<string, string>? variables, string[] settings, string? program)
    {
        var process = Launch(
            "Development",
            [
                "--Chat:Rest:Port=0",
                "--Chat:Gateway:Port=0",
                "--Chat:Security:RateLimit:PermitLimit=0",
                .. folder is null ? [] : new[] { $"--ConnectionStrings:Sqlite=Data Source={Path.Combine(folder, "livechat.db")}" },
                .. settings.Select(s => "--" + s),
            ],
            variables: variables,
            program: program);
        var output = new List<string>();
        try
        {
            while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().Soon() is { } line)
            {
                output.Add(line);
                if (Started().Match(line) is { Success: true } match)
                {
                    // Read on to the end: a full pipe must not stop the server.
                    _ = KeepAsync(process.StandardOutput, output);
                    _ = KeepAsync(process.StandardError, output);
                    return new ServerProcess(process, output, match.Groups["rest"].Value, match.Groups["gateway"].Value);
                }
            }
        }
        catch
        {
            process.Kill();
            throw;
        }

        throw new InvalidOperationException($"The server did not start:\n{string.Join('\n', output)}\n{await process.StandardError.ReadToEndAsync(CancellationToken.None)}");
    }

    /// <summary>Starts with settings that must stop it, and gives what it said on standard error and its exit code.</summary>
    public static Task<(string Errors, int ExitCode)> StartRefusedAsync(string environment, params string[] settings) =>
        StartRefusedAsync(environment, hostEnvironment: null, settings);

    /// <param name="environment">As the variable of web applications says it.</param>
    /// <param name="hostEnvironment">As the variable of all hosts says it.</param>
    /// <param name="settings">The arguments.</param>
    public static async Task<(string Errors, int ExitCode)> StartRefusedAsync(string environment, string? hostEnvironment, string[] settings)
    {
        using var process = Launch(environment, settings, hostEnvironment);
        try
        {
            _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
            var errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken).Soon();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken).Soon();
            return (errors, process.ExitCode);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }

    /// <summary>Runs the program for a command of its own.</summary>
    public static Task<(string Output, string Errors, int ExitCode)> CommandAsync(params string[] arguments) => CommandAsync(null, arguments);

    /// <param name="variables">Of its environment, beside this process's own.</param>
    /// <param name="arguments">The command line.</param>
    public static async Task<(string Output, string Errors, int ExitCode)> CommandAsync(
        IReadOnlyDictionary<string, string>? variables, params string[] arguments)
    {
        using var process = Launch("Development", arguments, variables: variables);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            var errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken).Soon();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken).Soon();
            return (await output.Soon(), errors, process.ExitCode);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }

    /// <summary>SIGKILL: nothing of the server runs after it.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>SIGTERM: how a server is asked to stop.</summary>
    public async Task TerminateAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken).Soon();
        Assert.Equal(0, kill.ExitCode);
    }

    public async Task<int> ExitCodeAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).Soon();
        return _process.ExitCode;
    }

    public void Dispose()
    {
        Rest.Dispose();
        if (!_process.HasExited)
            Kill();
        _process.Dispose();
    }

    /// <summary>What <c>dotnet</c> is to run.</summary>
    public static string Program { get; } = Path.Combine(AppContext.BaseDirectory, "LiveChat.Server.dll");

    private static async Task KeepAsync(StreamReader reader, List<string> output)
    {
        while (await reader.ReadLineAsync(CancellationToken.None) is { } line)
        {
            lock (output)
                output.Add(line);
        }
    }

    private static Process Launch(string environment, IEnumerable<string> arguments, string? hostEnvironment = null, IReadOnlyDictionary<string, string>? variables = null, string? program = null)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = AppContext.BaseDirectory,
        };
        start.ArgumentList.Add(program ?? Program);
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        start.Environment["ASPNETCORE_ENVIRONMENT"] = environment;
        if (hostEnvironment is not null)
            start.Environment["DOTNET_ENVIRONMENT"] = hostEnvironment;
        foreach (var (name, value) in variables ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    [GeneratedRegex(@"REST on (?<rest>http://\S+), Socket\.IO on (?<gateway>http://\S+),")]
    private static partial Regex Started();
}
