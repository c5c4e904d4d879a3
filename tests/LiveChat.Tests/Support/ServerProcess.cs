using System.Diagnostics;
using System.Text.RegularExpressions;

namespace LiveChat.Tests.Support;

/// <summary>The server as a process of its own, which a test may kill.</summary>
public sealed partial class ServerProcess : IDisposable
{
    private readonly Process _process;

    private ServerProcess(Process process, string rest, string gateway)
    {
        _process = process;
        (RestAddress, GatewayAddress) = (new Uri(rest), new Uri(gateway));
        Rest = new RestClient(RestAddress);
    }

    public Uri RestAddress { get; }

    public Uri GatewayAddress { get; }

    public RestClient Rest { get; }

    /// <summary>Starts on free ports with its file in <paramref name="folder"/>, and waits for the line that says where it is.</summary>
    public static async Task<ServerProcess> StartAsync(string folder, params string[] settings)
    {
        var process = Launch(
            "Development",
            [
                "--Chat:Rest:Port=0",
                "--Chat:Gateway:Port=0",
                "--Chat:Security:RateLimit:PermitLimit=0",
                $"--ConnectionStrings:Sqlite=Data Source={Path.Combine(folder, "livechat.db")}",
                .. settings.Select(s => "--" + s),
            ]);
        var output = new List<string>();
        try
        {
            while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().Soon() is { } line)
            {
                output.Add(line);
                if (Started().Match(line) is { Success: true } match)
                {
                    // Nobody reads the rest, and a full pipe must not stop the server.
                    _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
                    _ = process.StandardError.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
                    return new ServerProcess(process, match.Groups["rest"].Value, match.Groups["gateway"].Value);
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
    public static async Task<(string Errors, int ExitCode)> StartRefusedAsync(string environment, params string[] settings)
    {
        using var process = Launch(environment, settings);
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

    /// <summary>SIGKILL: nothing of the server runs after it.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        Rest.Dispose();
        if (!_process.HasExited)
            Kill();
        _process.Dispose();
    }

    private static Process Launch(string environment, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = AppContext.BaseDirectory,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "LiveChat.Server.dll"));
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        start.Environment["ASPNETCORE_ENVIRONMENT"] = environment;
        return Process.Start(start)!;
    }

    [GeneratedRegex(@"REST on (?<rest>http://\S+), Socket\.IO on (?<gateway>http://\S+),")]
    private static partial Regex Started();
}
