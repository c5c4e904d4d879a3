using LiveChat.Server.Operations;
using LiveChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace LiveChat.Tests.Operations;

/// <summary>A disk that refuses to sync fails every call, and the log is for reading all the same.</summary>
public sealed class FaultLogTests : IDisposable
{
    private const int Calls = 60;

    private readonly string _folder = Directory.CreateTempSubdirectory("livechat-faults-").FullName;

    [Fact]
    public async Task Calls_that_could_not_be_made_durable_are_a_line_a_second_with_their_number_and_trace_ids()
    {
        var path = Path.Combine(_folder, "livechat.db");
        using var disk = new FaultyDisk(path);
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await RunningServer.StartInAsync(
            _folder, services => services.AddSingleton<TimeProvider>(clock), $"ConnectionStrings:Sqlite={disk.ConnectionString}");
        server.ExpectsErrors = true;
        var id = await server.Rest.StartAsync("f");
        await using var socket = await RawSocket.ConnectAsync(server, $"role=customer&conversationId={id}");
        await socket.NextAsync("SESSION_READY");
        disk.BeforeSync = _ => throw new IOException("the disk is bad");

        var told = new List<string>();
        for (var i = 0; i < Calls; i++)
            told.Add((await server.Rest.CustomerSendAsync(id, $"said {i}")).MustFail(500, "internal").Text("traceId"));
        var error = (await socket.AskAsync("chat:send", new { content = "said too" })).GetProperty("error");
        Assert.Equal("internal", error.GetProperty("code").GetString());
        told.Add(error.GetProperty("message").GetString()!.Split(' ')[^1].TrimEnd('.'));

        // Nothing is said again before the second is over, and then all that came meanwhile.
        Assert.Single(Lines(server));
        clock.Advance(TimeSpan.FromSeconds(1));
        var lines = Lines(server);
        Assert.Equal(2, lines.Count);
        Assert.Equal(Calls + 1, lines.Sum(line => (int)Field(line, "Calls")));
        var named = lines.SelectMany(line => ((string)Field(line, "TraceIds")).Split(", ")).ToList();
        Assert.InRange(named.Count, 1, 21);
        Assert.All(told, traceId => Assert.Contains(traceId, named));
        Assert.DoesNotContain(server.Log.Lines, line => line.Exception is ChatException && line.Level >= LogLevel.Error);
        Assert.DoesNotContain(server.Log.Lines, line => line.Message.Contains("said ", StringComparison.Ordinal));

        disk.BeforeSync = _ => { };
    }

    /// <summary>A round works through many conversations, and a store that fails does so for each.</summary>
    [Fact]
    public async Task A_round_of_housekeeping_that_fails_is_a_line()
    {
        var path = Path.Combine(_folder, "livechat.db");
        using var disk = new FaultyDisk(path);
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await RunningServer.StartInAsync(
            _folder,
            services => services.AddSingleton<TimeProvider>(clock),
            "Chat:Housekeeping:Interval=1.00:00:00",
            $"ConnectionStrings:Sqlite={disk.ConnectionString}");
        server.ExpectsErrors = true;
        for (var i = 0; i < 7; i++)
            await server.Rest.StartAsync($"f{i}");
        clock.Advance(TimeSpan.FromMinutes(31));
        disk.BeforeSync = _ => throw new IOException("the disk is bad");

        await server.Services.GetRequiredService<Housekeeping>().RunAsync(TestContext.Current.CancellationToken).Soon();

        var line = Assert.Single(server.Log.Lines, line => line.Message.Contains("housekeeping", StringComparison.OrdinalIgnoreCase));
        Assert.Equal(7, Field(line, "Failures"));
        disk.BeforeSync = _ => { };
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static List<LogLine> Lines(RunningServer server) =>
        [.. server.Log.Lines.Where(line => line.Message.Contains("answered 500", StringComparison.Ordinal))];

    private static object Field(LogLine line, string name) => line.Fields.Single(field => field.Key == name).Value!;
}
