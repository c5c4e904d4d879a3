using System.Diagnostics;
using System.Globalization;
using LiveChat.Tests.Support;
using Microsoft.Data.Sqlite;

namespace LiveChat.Tests.Operations;

/// <summary>A disk that is full, a file that cannot be written, a store that somebody else holds: said, bounded, and over when it is over.</summary>
public sealed class StoreFailureTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("livechat-fail-").FullName;

    private string Database => Path.Combine(_folder, "livechat.db");

    /// <summary>
    /// The operating system itself refuses the real process to write past where the file ends now, as it refuses on a full disk, and
    /// lets it write again when the limit is lifted.
    /// </summary>
    [Fact]
    public async Task A_full_disk_is_503_with_a_clear_line_stores_nothing_by_halves_and_recovers_by_itself()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "prlimit is Linux's.");
        using var server = await ServerProcess.StartAsync(_folder);
        var id = await server.Rest.StartAsync("f");
        await using var socket = (await RawSocket.TryConnectAsync(server.GatewayAddress, $"role=customer&conversationId={id}")).Socket;
        await socket.NextAsync("SESSION_READY");
        await LimitFilesAsync(server, new FileInfo(Database + "-wal").Length + 16 * 1024);

        var stored = new List<string>();
        var refused = await FillAsync(server, id, stored);

        // Full for one is full for many at once too, and each is told.
        var together = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => server.Rest.CustomerSendAsync(id, Long($"together {i}")))).Soon();
        Assert.All(together, answer => answer.MustFail(503, "unavailable"));
        (await server.Rest.PostAsync("/api/customer/sessions", new { fingerprint = Long("another", 200) })).MustFail(503, "unavailable");
        (await server.Rest.GetAsync($"/api/customer/conversations/{id}/messages")).Must(200);
        (await server.Rest.GetAsync("/actuator/health/liveness")).Must(200);
        Assert.Equal("DOWN", await StoreHealthAsync(server.Rest, 503));
        await Waiting.Until(() => server.Output.Contains("The store fails: 1 calls", StringComparison.Ordinal));
        Assert.DoesNotContain("together", server.Output, StringComparison.Ordinal);

        await LimitFilesAsync(server, null);
        Assert.Equal("UP", await StoreHealthAsync(server.Rest, 200));
        (await server.Rest.CustomerSendAsync(id, refused, "again")).Must(201);
        stored.Add(refused);

        // What was refused is nowhere, and what was stored came to the socket in order.
        Assert.Equal(stored, await ContentsAsync(server, id));
        await socket.NextAsync(e => e.Content == refused);
        Assert.Equal(Enumerable.Range(2, stored.Count).Select(i => (long)i), socket.Sequences);
        server.Kill();
        using var restarted = await ServerProcess.StartAsync(_folder);
        Assert.Equal(stored, await ContentsAsync(restarted, id));
    }

    [Fact]
    public async Task A_file_that_becomes_read_only_is_503_until_it_can_be_written_again()
    {
        using var server = await ServerProcess.StartAsync(_folder);
        var id = await server.Rest.StartAsync("f");
        Assert.SkipUnless(await TryRunAsync("chattr", "+i", Database + "-wal"), "Only root can make a file immutable, and not on every file system.");
        try
        {
            (await server.Rest.CustomerSendAsync(id, "refused")).MustFail(503, "unavailable");
            (await server.Rest.GetAsync($"/api/customer/conversations/{id}")).Must(200);
            await Waiting.Until(() => server.Output.Contains("The store fails: 1 calls", StringComparison.Ordinal));
        }
        finally
        {
            await TryRunAsync("chattr", "-i", Database + "-wal");
        }

        (await server.Rest.CustomerSendAsync(id, "kept")).Must(201);
        Assert.Equal(["kept"], await ContentsAsync(server, id));
        server.Kill();
    }

    [Fact]
    public async Task A_store_that_another_process_holds_refuses_in_bounded_time_and_goes_on_when_it_is_free()
    {
        await using var server = await RunningServer.StartInAsync(_folder, null, "Chat:Storage:WriteTimeout=00:00:00.500");
        server.ExpectsErrors = true;
        var id = await server.Rest.StartAsync("f");
        await using var socket = await RawSocket.ConnectAsync(server, $"role=customer&conversationId={id}");
        await socket.NextAsync("SESSION_READY");
        await using var other = new SqliteConnection($"Data Source={Database};Pooling=False");
        await other.OpenAsync(TestContext.Current.CancellationToken);
        await ExecuteAsync(other, "BEGIN IMMEDIATE");

        // More than one commit's worth, over REST and over the socket, again and again.
        for (var round = 0; round < 3; round++)
        {
            var waited = Stopwatch.StartNew();
            var posts = Enumerable.Range(0, 50).Select(i => server.Rest.CustomerSendAsync(id, $"refused {i}")).ToList();
            var ack = socket.AskAsync("chat:send", new { content = "refused too" });
            foreach (var answer in await Task.WhenAll(posts).Soon())
                Assert.Contains("nothing was stored", answer.MustFail(503, "unavailable").Text("message"), StringComparison.Ordinal);
            Assert.Equal("unavailable", (await ack).GetProperty("error").GetProperty("code").GetString());

            // The write timeout, the quarter of it between two looks of the watchdog, and a slow machine.
            Assert.InRange(waited.Elapsed, TimeSpan.FromSeconds(0.3), TimeSpan.FromSeconds(5));
        }

        (await server.Rest.GetAsync($"/api/customer/conversations/{id}/messages")).Must(200);
        (await server.Rest.GetAsync("/api/agent/queue")).Must(200);
        Assert.Equal("DOWN", await StoreHealthAsync(server.Rest, 503));
        Assert.Contains(server.Log.Lines, l => l.Message.StartsWith("The store fails", StringComparison.Ordinal));

        await ExecuteAsync(other, "ROLLBACK");
        await Waiting.Until(async () => (await server.Rest.CustomerSendAsync(id, "kept", "k")).Status is 200 or 201);

        await socket.NextAsync(e => e.Content == "kept");
        Assert.Equal(["kept"], (await server.Rest.GetAsync($"/api/customer/conversations/{id}/messages")).Json.EnumerateArray().Select(m => m.GetProperty("content").GetString()!));
        Assert.Equal([2], socket.Sequences);
        Assert.Equal("UP", await StoreHealthAsync(server.Rest, 200));
    }

    [Fact]
    public async Task A_server_stops_in_time_though_its_store_is_held()
    {
        using var server = await ServerProcess.StartAsync(_folder, "Chat:Shutdown:Timeout=00:00:04", "Chat:Shutdown:Spread=0");
        var id = await server.Rest.StartAsync("f");
        await using var other = new SqliteConnection($"Data Source={Database};Pooling=False");
        await other.OpenAsync(TestContext.Current.CancellationToken);
        await ExecuteAsync(other, "BEGIN IMMEDIATE");
        var send = server.Rest.CustomerSendAsync(id, "x");

        var stopping = Stopwatch.StartNew();
        await server.TerminateAsync();

        Assert.Equal(0, await server.ExitCodeAsync());
        Assert.InRange(stopping.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(8));
        await Task.WhenAny(send).Soon();
        Assert.False(send.IsCompletedSuccessfully && (await send).Status is 200 or 201);
    }

    [Fact]
    public async Task A_file_that_cannot_be_written_stops_the_start_with_one_clear_line()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "chattr and permissions are Unix's.");
        await using (await RunningServer.StartInAsync(_folder, null))
        {
        }

        // Root may write what is read-only, but not what is immutable; where that is not to be had either there is nothing to test.
        var asRoot = Environment.UserName == "root";
        if (asRoot)
            Assert.SkipUnless(await TryRunAsync("chattr", "+i", Database), "The file system has no immutable files.");
        else
            Assert.True(await TryRunAsync("chmod", "400", Database));
        try
        {
            var (errors, exitCode) = await ServerProcess.StartRefusedAsync(
                "Development",
                "--Chat:Rest:Port=0",
                "--Chat:Gateway:Port=0",
                $"--ConnectionStrings:Sqlite=Data Source={Database}");

            Assert.Equal(1, exitCode);
            var line = Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
            Assert.StartsWith($"Cannot start: The database {Database}", line, StringComparison.Ordinal);
        }
        finally
        {
            if (asRoot)
                await TryRunAsync("chattr", "-i", Database);
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static async Task<string> StoreHealthAsync(RestClient rest, int status) =>
        (await rest.GetAsync("/actuator/health")).Must(status).Json.GetProperty("components").GetProperty("store").GetProperty("status").GetString()!;

    /// <summary>Sends until the store is full; gives what was refused and adds what was stored.</summary>
    private static async Task<string> FillAsync(ServerProcess server, string id, List<string> stored)
    {
        for (var i = 0; ; i++)
        {
            var content = Long($"message {i}");
            var answer = await server.Rest.CustomerSendAsync(id, content);
            if (answer.Status == 503)
            {
                answer.MustFail(503, "unavailable");
                return content;
            }

            answer.Must(201);
            stored.Add(content);
        }
    }

    private static string Long(string text, int length = 3000) => text + new string('.', length - text.Length);

    private static async Task<List<string>> ContentsAsync(ServerProcess server, string id) =>
        [.. (await server.Rest.EventsAsync(id)).Select(e => e.GetProperty("payload"))
            .Where(p => p.TryGetProperty("message", out _)).Select(p => p.GetProperty("message").GetProperty("content").GetString()!)];

    private static async Task LimitFilesAsync(ServerProcess server, long? bytes)
    {
        var limit = bytes?.ToString(CultureInfo.InvariantCulture) ?? "unlimited";
        Assert.True(await TryRunAsync("prlimit", "--pid", server.Id.ToString(CultureInfo.InvariantCulture), $"--fsize={limit}:"));
    }

    private static async Task<bool> TryRunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).Soon();
        return process.ExitCode == 0;
    }

    private static async Task ExecuteAsync(SqliteConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
