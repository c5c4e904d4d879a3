using System.Text.RegularExpressions;
using LiveChat.Server.Hosting;
using LiveChat.Tests.Support;

namespace LiveChat.Tests.Operations;

/// <summary>The command line: what it answers without starting anything, and settings that do not exist or cannot be read.</summary>
public partial class SettingsTests
{
    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    [InlineData("--help", "--Chat:Rest:Port=abc")]
    [InlineData("backup", "--help")]
    public async Task Help_names_the_commands_and_where_settings_are_described(params string[] arguments)
    {
        var (output, errors, exitCode) = await ServerProcess.CommandAsync(arguments);

        Assert.Equal((0, ""), (exitCode, errors));
        foreach (var named in new[] { "backup PATH", "compact", "--version", "docs/operations.md", "ConnectionStrings:Sqlite", "apikey NAME", "Chat:Queue:MaxConcurrentByAgent" })
            Assert.Contains(named, output, StringComparison.Ordinal);
        Assert.DoesNotContain("REST on http", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Version_is_a_line()
    {
        var (output, errors, exitCode) = await ServerProcess.CommandAsync("--version");

        Assert.Equal((0, ""), (exitCode, errors));
        Assert.Matches(@"^LiveChat\.Server \d+\.\d+\.\d+\S*\n$", output.ReplaceLineEndings("\n"));
    }

    [Theory]
    [InlineData("Chat:Queue:MaxConcurentByAgent=3", "Chat:Queue:MaxConcurentByAgent", "Chat:Queue:MaxConcurrentByAgent")]
    [InlineData("Chat:Restt:Port=3", "Chat:Restt:Port", "Chat:Rest:Port")]
    [InlineData("Chat:Security:RateLimit:Permitlimits=3", "Chat:Security:RateLimit:Permitlimits", "Chat:Security:RateLimit:PermitLimit")]
    [InlineData("Chat:Host:Name=x", "Chat:Host:Name", "Chat:Host")]
    [InlineData("Chat:Storage:CompactLimit=5", "Chat:Storage:CompactLimit", "Chat:Storage:")]
    [InlineData("Chat:Security:AllowedOrigins=https://shop.example", "Chat:Security:AllowedOrigins", "Chat:Security:AllowedOrigins:0=https://shop.example")]
    [InlineData("Chat:Rest:Port=abc", "Chat:Rest:Port", "must be a whole number of at most 2147483647, not 'abc'")]
    [InlineData("Chat:Rest:Port=99999999999", "Chat:Rest:Port", "whole number of at most")]
    [InlineData("Chat:Queue:EntryTtl=soon", "Chat:Queue:EntryTtl", "a duration like 00:30:00, not 'soon'")]
    [InlineData("Chat:Queue:EntryTtl=5", "Chat:Queue:EntryTtl", "a duration like 00:30:00, not '5'")]
    [InlineData("ConnectionStrings:Sqlit=Data Source=x.db", "ConnectionStrings:Sqlit", "did you mean ConnectionStrings:Sqlite?")]
    [InlineData("Kestrel:Certificates:Defualt:Path=/x.pfx", "Kestrel:Certificates:Defualt:Path", "did you mean Kestrel:Certificates:Default:Path?")]
    [InlineData("Logging:LogLevel:Default=Loud", "Logging:LogLevel:Default", "one of Trace, Debug, Information")]
    [InlineData("Chat:Admin:SeedEnabled=maybe", "Chat:Admin:SeedEnabled", "true or false")]
    [InlineData("Chat:Security:Authentication=7", "Chat:Security:Authentication", "one or several of ApiKey, Jwt, Proxy as a comma list")]
    public async Task A_setting_that_does_not_exist_or_cannot_be_read_stops_the_start_with_one_line(string setting, string key, string hint)
    {
        var (errors, exitCode) = await ServerProcess.StartRefusedAsync(
            "Development", "--Chat:Rest:Port=0", "--Chat:Gateway:Port=0", "--" + setting);

        Assert.Equal(1, exitCode);
        var line = Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("Cannot start: ", line, StringComparison.Ordinal);
        Assert.Contains(key, line, StringComparison.Ordinal);
        Assert.Contains(hint, line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task So_does_one_of_the_environment()
    {
        var (output, errors, exitCode) = await ServerProcess.CommandAsync(
            new Dictionary<string, string> { ["CHAT__QUEUE__MAXCONCURENTBYAGENT"] = "3" }, "--Chat:Rest:Port=0", "--Chat:Gateway:Port=0");

        Assert.Equal(1, exitCode);
        Assert.DoesNotContain("REST on", output, StringComparison.Ordinal);
        Assert.Contains("CHAT:QUEUE:MAXCONCURENTBYAGENT; did you mean Chat:Queue:MaxConcurrentByAgent?", errors, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_file_that_is_no_JSON_is_one_line_too()
    {
        var folder = Directory.CreateTempSubdirectory("livechat-test-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "appsettings.json"), "{ \"Chat\": ", TestContext.Current.CancellationToken);
        var (errors, exitCode) = await ServerProcess.StartRefusedAsync("Development", $"--contentRoot={folder}", "--Chat:Rest:Port=0", "--Chat:Gateway:Port=0");

        Assert.Equal(1, exitCode);
        var line = Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("Cannot start: ", line, StringComparison.Ordinal);
        Assert.Contains("appsettings.json", line, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Each_fault_has_a_line()
    {
        var (errors, _) = await ServerProcess.StartRefusedAsync("Development", "--Chat:Rest:Port=abc", "--Chat:Gateway:Prt=1");

        Assert.Equal(2, errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task What_is_described_exists_and_what_exists_is_described()
    {
        var text = await File.ReadAllTextAsync(
            Path.Combine(ClientProgram.Folder, "..", "..", "docs", "operations.md"), TestContext.Current.CancellationToken);
        var rows = text.Split('\n').Where(line => line.StartsWith("| `Chat:", StringComparison.Ordinal)).Select(line => line.Split('|')[1]);
        var described = rows.SelectMany(Keys).ToHashSet(StringComparer.Ordinal);

        Assert.Equal(described.Order(StringComparer.Ordinal), Settings.Names.Order(StringComparer.Ordinal));
    }

    /// <summary>A row names one key, or several of one section: <c>`Chat:A:B`, `C`</c>.</summary>
    private static IEnumerable<string> Keys(string row)
    {
        var section = "";
        foreach (var name in Quoted().Matches(row).Select(match => match.Groups[1].Value))
        {
            var key = name.StartsWith("Chat:", StringComparison.Ordinal) ? name : section + name;
            section = key[..(key.LastIndexOf(':') + 1)];
            yield return key;
        }
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();
}
