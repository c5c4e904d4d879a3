using System.Text.RegularExpressions;
using LiveChat.Server.Hosting;
using LiveChat.Tests.Support;

namespace LiveChat.Tests.Operations;

/// <summary>What is in deploy/ is accepted by the programs that it is for, and names nothing that there is not.</summary>
public partial class DeployTests
{
    private static string Deploy(params string[] path) => Path.Combine([Tool.Root, "deploy", .. path]);

    [Fact]
    public Task The_steps_of_the_operations_page_work() => Tool.RunAsync("bash", Path.Combine(Tool.Root, "tests", "operator", "walk.sh"));

    [Fact]
    public async Task The_unit_is_one_and_locks_the_server_in()
    {
        // The program itself is not where the unit expects it here.
        var unit = await Changed(Deploy("systemd", "livechat.service"), ("ExecStart=/opt/livechat/LiveChat.Server", "ExecStart=/bin/true"));
        Assert.Equal("", (await Tool.RunAsync("systemd-analyze", "verify", unit)).Trim());
        var exposure = Exposure().Match(await Tool.RunAsync("systemd-analyze", "security", "--offline=true", unit));
        Assert.True(double.Parse(exposure.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture) < 2, exposure.Value);
    }

    [Fact]
    public void Manifests_and_image_name_settings_that_exist()
    {
        var known = Settings.Names.Concat(["ConnectionStrings:Sqlite", "ConnectionStrings:Postgres", "ConnectionStrings:Redis"]).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var file in new[] { Deploy("kubernetes", "livechat.yaml"), Deploy("Dockerfile"), Deploy("systemd", "livechat.service"), Deploy("compose.yaml") })
        {
            var names = Variable().Matches(File.ReadAllText(file)).Select(match => match.Value).ToHashSet();
            Assert.NotEmpty(names);
            Assert.All(names, name =>
            {
                var key = name.Replace("__", ":", StringComparison.Ordinal);
                var isList = Regex.Replace(key, @":\d+$", "");
                var ofFirst = Regex.Replace(isList, @":\d+:", ":0:");
                Assert.True(known.Contains(ofFirst), $"{Path.GetFileName(file)}: {name}");
            });
        }
    }

    [Fact]
    public void Containers_are_locked_in_and_watched()
    {
        var manifest = File.ReadAllText(Deploy("kubernetes", "livechat.yaml"));
        foreach (var line in new[]
        {
            "runAsNonRoot: true", "readOnlyRootFilesystem: true", "allowPrivilegeEscalation: false", "drop: [\"ALL\"]", "type: RuntimeDefault",
            "path: /actuator/health/liveness", "path: /actuator/health/readiness", "automountServiceAccountToken: false",
        })
        {
            Assert.Contains(line, manifest, StringComparison.Ordinal);
        }

        var lines = File.ReadAllLines(Deploy("Dockerfile"));
        Assert.All(lines.Where(line => line.StartsWith("FROM ", StringComparison.Ordinal)), line => Assert.Matches(@":10\.0\S* AS \w+$", line));
        Assert.Contains("-chiseled AS run", string.Join('\n', lines), StringComparison.Ordinal);
        Assert.Contains("USER 1654:1654", lines);
        Assert.Contains(lines, line => line.StartsWith("HEALTHCHECK ", StringComparison.Ordinal) && line.EndsWith("CMD [\"/app/LiveChat.Server\", \"health\"]", StringComparison.Ordinal));
        Assert.Contains("ENTRYPOINT [\"/app/LiveChat.Server\"]", lines);
        Assert.DoesNotContain(lines, line => line.StartsWith("ADD ", StringComparison.Ordinal) || line.Contains("latest", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_program_asks_after_its_own_health()
    {
        await using var server = await RunningServer.StartAsync();
        var (output, errors, exitCode) = await ServerProcess.CommandAsync("health", $"--Chat:Rest:Port={server.RestAddress.Port}");
        Assert.Equal((0, ""), (exitCode, errors));
        Assert.Contains("\"status\":\"UP\"", output, StringComparison.Ordinal);

        (_, errors, exitCode) = await ServerProcess.CommandAsync("health", "--Chat:Rest:Port=1");
        Assert.Equal(1, exitCode);
        Assert.StartsWith("Not ready: ", errors, StringComparison.Ordinal);
    }

    private static async Task<string> Changed(string file, params (string From, string To)[] changes)
    {
        var text = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        foreach (var (from, to) in changes)
            text = text.Replace(from, to, StringComparison.Ordinal);
        var copy = Path.Combine(Directory.CreateTempSubdirectory("livechat-test-").FullName, Path.GetFileName(file));
        await File.WriteAllTextAsync(copy, text, TestContext.Current.CancellationToken);
        return copy;
    }

    [GeneratedRegex(@"\b(?:CHAT|CONNECTIONSTRINGS)__[A-Z0-9_]+")]
    private static partial Regex Variable();

    [GeneratedRegex(@"exposure level for \S+: (\d+\.\d+)")]
    private static partial Regex Exposure();
}
