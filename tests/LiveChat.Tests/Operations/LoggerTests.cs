using LiveChat.Tests.Support;

namespace LiveChat.Tests.Operations;

/// <summary>Log levels that an administrator changes while the server runs: what its standard output says follows at once.</summary>
public sealed class LoggerTests : IDisposable
{
    private const string Category = "com.example.chat";

    private readonly string _folder = Directory.CreateTempSubdirectory("livechat-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_level_that_is_set_is_in_force_at_once_and_taken_back_at_once()
    {
        using var server = await ServerProcess.StartAsync(_folder);
        await server.Rest.StartAsync("before");

        (await SetAsync(server.Rest, Category, "DEBUG")).Must(204);
        var during = await server.Rest.StartAsync("during");
        await Waiting.Until(() => server.Output.Contains($"CONVERSATION_QUEUED of conversation {during}", StringComparison.Ordinal));
        Assert.Matches($"of conversation {during} at 1: Queued by Customer, trace [0-9a-f]{{32}}", server.Output);
        Assert.Equal(("DEBUG", "DEBUG"), await ReadAsync(server.Rest, Category));

        (await SetAsync(server.Rest, Category, null)).Must(204);
        var after = await server.Rest.StartAsync("after");
        Assert.Equal((null, "INFO"), await ReadAsync(server.Rest, Category));

        // What is logged after it shows that it would have been there.
        (await SetAsync(server.Rest, Category, "trace")).Must(204);
        var last = await server.Rest.StartAsync("last");
        await Waiting.Until(() => server.Output.Contains(last, StringComparison.Ordinal));
        Assert.DoesNotContain(after, server.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Logging:LogLevel:Default=Error")]
    [InlineData("Logging:Console:LogLevel:Default=Error", "Logging:LogLevel:Default=Information")]
    public async Task A_level_holds_for_the_console_also_where_the_console_has_levels_of_its_own(params string[] settings)
    {
        // Its first line is how the test finds it.
        using var server = await ServerProcess.StartAsync(_folder, [.. settings, "Logging:Console:LogLevel:LiveChat.Server.Hosting=Information", "Logging:LogLevel:LiveChat.Server.Hosting=Information"]);
        Assert.Equal((settings[0].EndsWith("Error", StringComparison.Ordinal) ? "ERROR" : "INFO"), (await ReadAsync(server.Rest, "ROOT")).Effective);

        (await SetAsync(server.Rest, "ROOT", "DEBUG")).Must(204);
        var id = await server.Rest.StartAsync("visitor");
        await Waiting.Until(() => server.Output.Contains($"CONVERSATION_QUEUED of conversation {id}", StringComparison.Ordinal));
        Assert.Equal(("DEBUG", "DEBUG"), await ReadAsync(server.Rest, "ROOT"));
        Assert.Equal((null, "DEBUG"), await ReadAsync(server.Rest, Category));
    }

    [Fact]
    public async Task The_list_has_the_loggers_that_there_are_with_the_levels_in_force()
    {
        using var server = await ServerProcess.StartAsync(_folder, "Logging:LogLevel:com.example=Warning");
        var answer = (await server.Rest.GetAsync("/actuator/loggers")).Must(200);

        Assert.Equal(["OFF", "FATAL", "ERROR", "WARN", "INFO", "DEBUG", "TRACE"], answer.Json.GetProperty("levels").EnumerateArray().Select(level => level.GetString()));
        var loggers = answer.Json.GetProperty("loggers").EnumerateObject().ToDictionary(
            logger => logger.Name,
            logger => (logger.Value.GetProperty("configuredLevel").GetString(), logger.Value.GetProperty("effectiveLevel").GetString()));
        Assert.Equal(("INFO", "INFO"), loggers["ROOT"]);
        Assert.Equal(("WARN", "WARN"), loggers["com.example"]);
        Assert.Equal((null, "WARN"), loggers[Category]);
        Assert.Equal(("OFF", "OFF"), loggers["Microsoft.AspNetCore.Hosting.Diagnostics"]);
        Assert.Contains("SocketIO", loggers.Keys);
    }

    [Fact]
    public async Task Lines_that_hold_what_callers_present_stay_off_whatever_is_set()
    {
        using var server = await ServerProcess.StartAsync(_folder, "Logging:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics=Trace", "Logging:Console:LogLevel:Microsoft=Trace");
        (await SetAsync(server.Rest, "ROOT", "TRACE")).Must(204);
        (await SetAsync(server.Rest, "Microsoft.AspNetCore.Hosting", "TRACE")).Must(204);
        (await SetAsync(server.Rest, "Microsoft.AspNetCore.Hosting.Diagnostics", "TRACE")).MustFail(400, "validation", "name");

        await server.Rest.GetAsync("/api/agent/queue?token=secret-credential");
        await RawHttp.AskAsync(server.RestAddress, "GET /api/agent/queue HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-API-Key: secret-credential\u0000\r\n\r\n"u8.ToArray());
        (await SetAsync(server.Rest, Category, "DEBUG")).Must(204);
        var last = await server.Rest.StartAsync("last");
        await Waiting.Until(() => server.Output.Contains($"CONVERSATION_QUEUED of conversation {last}", StringComparison.Ordinal));
        Assert.DoesNotContain("secret-credential", server.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_level_is_refused_and_changes_nothing()
    {
        await using var server = await RunningServer.StartAsync();
        foreach (var body in new object[] { new { configuredLevel = "LOUD" }, new { configuredLevel = 7 } })
            (await server.Rest.PostAsync("/actuator/loggers/ROOT", body)).MustFail(400, "validation", "configuredLevel");
        (await server.Rest.PostAsync("/actuator/loggers/ROOT")).MustFail(400, "validation");
        (await SetAsync(server.Rest, new string('x', 257), "INFO")).MustFail(400, "validation", "name");
        Assert.Equal(("INFO", "INFO"), await ReadAsync(server.Rest, "ROOT"));
    }

    [Fact]
    public async Task The_levels_that_can_be_set_are_bounded()
    {
        await using var server = await RunningServer.StartAsync();
        for (var i = 0; i < Server.Operations.LogLevelChanges.Capacity; i++)
            (await SetAsync(server.Rest, $"made.up.{i}", "ERROR")).Must(204);

        (await SetAsync(server.Rest, "one.more", "ERROR")).MustFail(400, "validation", "name");
        (await SetAsync(server.Rest, "made.up.0", null)).Must(204);
        (await SetAsync(server.Rest, "one.more", "ERROR")).Must(204);
    }

    private static Task<Answer> SetAsync(RestClient rest, string name, string? level) =>
        rest.PostAsync($"/actuator/loggers/{name}", new { configuredLevel = level });

    private static async Task<(string? Configured, string Effective)> ReadAsync(RestClient rest, string name)
    {
        var answer = (await rest.GetAsync($"/actuator/loggers/{name}")).Must(200);
        return (answer.Json.GetProperty("configuredLevel").GetString(), answer.Text("effectiveLevel"));
    }
}
