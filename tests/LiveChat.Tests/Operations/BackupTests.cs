using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;
using LiveChat.Tests.Support;

namespace LiveChat.Tests.Operations;

/// <summary><c>LiveChat.Server backup PATH</c>, beside a server that works.</summary>
public sealed class BackupTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("livechat-backup-").FullName;

    private string Backup => Path.Combine(_folder, "backup.db");

    private string Source => $"--ConnectionStrings:Sqlite=Data Source={Path.Combine(_folder, "livechat.db")}";

    [Fact]
    public async Task A_backup_taken_under_load_restores_to_every_message_acknowledged_before_it_began()
    {
        var acknowledged = new ConcurrentDictionary<string, string>();
        KeyValuePair<string, string>[] before;
        string[] conversations;
        using (var server = await ServerProcess.StartAsync(_folder))
        {
            conversations = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => server.Rest.StartAsync($"f{i}"))).Soon();
            using var stop = new CancellationTokenSource();
            var senders = conversations.Select(id => SendAsync(server, id, acknowledged, stop.Token)).ToArray();
            await Waiting.Until(() => acknowledged.Count >= 300);

            // Its own way to an array: it grows meanwhile.
            before = acknowledged.ToArray();
            var (output, errors, exitCode) = await ServerProcess.CommandAsync("backup", Backup, Source);
            var during = acknowledged.Count;
            await stop.CancelAsync();
            await Task.WhenAll(senders).Soon();

            Assert.Equal((0, ""), (exitCode, errors));
            Assert.StartsWith($"Backed up to {Backup}", output, StringComparison.Ordinal);
            Assert.True(during > before.Length, "The server went on meanwhile.");
        }

        Assert.Equal([Backup], Directory.GetFiles(_folder, "backup*"));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Backup));

        // Restored as the operations guide says: the file takes the database's place.
        var restored = Directory.CreateDirectory(Path.Combine(_folder, "restored")).FullName;
        File.Copy(Backup, Path.Combine(restored, "livechat.db"));
        using var second = await ServerProcess.StartAsync(restored);
        var stored = new Dictionary<string, string>();
        foreach (var id in conversations)
        {
            var events = await second.Rest.EventsAsync(id);
            Assert.Equal(Enumerable.Range(1, events.Count), events.Select(e => e.GetProperty("sequence").GetInt32()));
            foreach (var message in events.Select(e => e.GetProperty("payload")).Where(p => p.TryGetProperty("message", out _)).Select(p => p.GetProperty("message")))
                stored.Add(message.GetProperty("clientMessageId").GetString()!, message.GetProperty("id").GetString()!);
        }

        Assert.All(before, sent => Assert.Equal(sent.Value, stored[sent.Key]));
        (await second.Rest.CustomerSendAsync(conversations[0], "and on it goes")).Must(201);
    }

    [Fact]
    public async Task A_database_that_no_server_runs_on_is_backed_up_too()
    {
        await using (var server = await RunningServer.StartInAsync(_folder, null))
            await server.Rest.StartAsync("f");

        var (_, errors, exitCode) = await ServerProcess.CommandAsync("backup", Backup, Source);

        Assert.Equal((0, ""), (exitCode, errors));
        Assert.True(File.Exists(Backup));
    }

    /// <summary>Seen by the operating system's eyes: a name that is not on the disk is lost with the power, however safe its file is.</summary>
    [Fact]
    public async Task The_name_of_a_backup_is_on_the_disk_when_it_is_reported()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/strace"), "strace is missing.");
        await using (var server = await RunningServer.StartInAsync(_folder, null))
            await server.Rest.StartAsync("f");
        var trace = Path.Combine(_folder, "trace");

        using var process = Process.Start(new ProcessStartInfo(
            "/usr/bin/strace",
            ["-f", "-qq", "-o", trace, "-e", "trace=rename,renameat,renameat2,link,linkat,open,openat,fsync", "dotnet", ServerProcess.Program, "backup", Backup, Source])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).Soon();

        Assert.SkipUnless(File.Exists(trace) && File.Exists(Backup), "strace may not trace here.");
        Assert.Matches(
            $"""(?s)(rename|link)\w*\([^\n]*"{Regex.Escape(Backup)}"[^\n]*= 0\n.*open\w*\([^\n]*"{Regex.Escape(_folder)}"[^\n]* = (?<folder>\d+)\n.*fsync\(\k<folder>\) += 0""",
            await File.ReadAllTextAsync(trace, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_file_that_exists_is_not_overwritten()
    {
        await using var server = await RunningServer.StartInAsync(_folder, null);
        await File.WriteAllTextAsync(Backup, "precious", TestContext.Current.CancellationToken);

        await MustFailAsync("exists already", "backup", Backup, Source);
        Assert.Equal("precious", await File.ReadAllTextAsync(Backup, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task What_cannot_be_backed_up_leaves_nothing_behind_and_says_why_in_one_line()
    {
        await MustFailAsync("there is no database", "backup", Backup, Source);
        await MustFailAsync("usage", "backup");
        await MustFailAsync("usage", "backup", Source);
        await MustFailAsync("usage", "backup", Backup, "another.db", Source);
        await File.WriteAllTextAsync(Path.Combine(_folder, "livechat.db"), new string('x', 8192), TestContext.Current.CancellationToken);
        await MustFailAsync("not a database", "backup", Backup, Source);
        await MustFailAsync("nowhere", "backup", Path.Combine(_folder, "nowhere", "x.db"), Source);

        Assert.Empty(Directory.GetFiles(_folder, "backup*"));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static async Task MustFailAsync(string named, params string[] arguments)
    {
        var (output, errors, exitCode) = await ServerProcess.CommandAsync(arguments);

        Assert.Equal((1, ""), (exitCode, output));
        var line = Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("Cannot back up: ", line, StringComparison.Ordinal);
        Assert.Contains(named, line, StringComparison.Ordinal);
    }

    private static async Task SendAsync(
        ServerProcess server,
        string id,
        ConcurrentDictionary<string, string> acknowledged,
        CancellationToken cancellationToken)
    {
        for (var i = 0; !cancellationToken.IsCancellationRequested; i++)
        {
            var key = $"{id}-{i}";
            acknowledged[key] = (await server.Rest.CustomerSendAsync(id, key, key)).Must(201).Text("id");
        }
    }
}
