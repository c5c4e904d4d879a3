using LiveChat.Tests.Support;
using Microsoft.Extensions.Logging;

namespace LiveChat.Tests.Operations;

public class StartTests
{
    [Theory]
    [InlineData("Chat:Queue:MaxConcurrentByAgent=0", "Chat:Queue:MaxConcurrentByAgent")]
    [InlineData("Chat:Queue:EntryTtl=-00:00:01", "Chat:Queue:EntryTtl")]
    [InlineData("Chat:Queue:EntryTtl=soon", "Chat:Queue:EntryTtl")]
    [InlineData("Chat:Housekeeping:Interval=60.00:00:00", "Chat:Housekeeping:Interval")]
    [InlineData("Chat:Rest:Port=70000", "Chat:Rest:Port")]
    [InlineData("Chat:Host=nowhere.example", "Chat:Host")]
    [InlineData("Chat:Message:MaxLength=0", "Chat:Message:MaxLength")]
    [InlineData("Chat:Security:Authentication=Magic", "Chat:Security:Authentication")]
    [InlineData("Chat:Security:AllowedOrigins:0=shop.example", "Chat:Security:AllowedOrigins")]
    [InlineData("Chat:Security:RateLimit:PermitLimit=-1", "Chat:Security:RateLimit")]
    [InlineData("Chat:Gateway:RecoveryLifetime=00:00:00", "Chat:Gateway:RecoveryLifetime")]
    [InlineData("Chat:Pages:Gateway=chat.example:9094", "Chat:Pages:Gateway")]
    [InlineData("Chat:Pages:Gateway=https://chat.example/path", "Chat:Pages:Gateway")]
    [InlineData("Chat:Shutdown:Timeout=02:00:00", "Chat:Shutdown:Timeout")]
    [InlineData("Chat:Shutdown:Spread=00:00:11", "Chat:Shutdown:Spread")]
    [InlineData("Chat:Storage:WriteTimeout=0", "Chat:Storage:WriteTimeout")]
    [InlineData("Chat:Storage:LogLimit=1", "Chat:Storage:LogLimit")]
    [InlineData("Chat:Connections:PerAddress=-1", "Chat:Connections:Limit and PerAddress")]
    [InlineData("Chat:Retention:ClosedConversations=-1", "Chat:Retention:ClosedConversations")]
    [InlineData("Chat:Storage:Provider=Postgres", "Chat:Storage:Provider")]
    [InlineData("ConnectionStrings:Redis=localhost", "ConnectionStrings:Redis")]
    [InlineData("ConnectionStrings:Sqlite=Data Source=/proc/livechat.db", "/proc/livechat.db")]
    [InlineData("ConnectionStrings:Sqlite=Data Source=:memory:", "ConnectionStrings:Sqlite")]
    [InlineData("ConnectionStrings:Sqlite=nonsense", "ConnectionStrings:Sqlite")]
    public async Task A_bad_option_stops_the_start_with_one_clear_line(string setting, string named)
    {
        var (errors, exitCode) = await ServerProcess.StartRefusedAsync(
            "Development",
            "--Chat:Rest:Port=0",
            "--Chat:Gateway:Port=0",
            "--" + setting);

        Assert.Equal(1, exitCode);
        var line = Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("Cannot start: ", line, StringComparison.Ordinal);
        Assert.Contains(named, line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Production", null)]
    [InlineData("Development", "Production")]
    [InlineData("Development", "Development", "--environment=Production")]
    public async Task In_Production_authentication_must_be_chosen(string environment, string? hostEnvironment, params string[] settings)
    {
        var (errors, exitCode) = await ServerProcess.StartRefusedAsync(
            environment, hostEnvironment, ["--Chat:Rest:Port=0", "--Chat:Gateway:Port=0", .. settings]);

        Assert.Equal(1, exitCode);
        Assert.Contains("Chat:Security:Authentication must be chosen", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_that_does_not_exist_starts_nothing()
    {
        var (output, errors, exitCode) = await ServerProcess.CommandAsync("bakup", "copy.db");

        Assert.Equal((1, ""), (exitCode, output));
        Assert.StartsWith("Cannot start: there is no command bakup", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--ConnectionStrings:Sqlite=Data Source=x.db", "backup", "copy.db")]
    [InlineData("--ConnectionStrings:Sqlite", "Data Source=x.db", "compact")]
    public async Task A_command_after_a_setting_starts_nothing(params string[] arguments)
    {
        var (output, errors, exitCode) = await ServerProcess.CommandAsync(arguments);

        Assert.Equal((1, ""), (exitCode, output));
        Assert.Contains("comes first", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_is_taken_stops_the_start_with_one_clear_line()
    {
        await using var server = await RunningServer.StartAsync();

        var (output, errors, exitCode) = await ServerProcess.CommandAsync(
            $"--Chat:Rest:Port={server.RestAddress.Port}",
            "--Chat:Gateway:Port=0",
            $"--ConnectionStrings:Sqlite=Data Source={Path.Combine(Path.GetTempPath(), Path.GetRandomFileName(), "x.db")}");

        Assert.Equal(1, exitCode);
        Assert.StartsWith("Cannot start: ", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_port_serves_both_when_they_are_the_same()
    {
        int port;
        using (var probe = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0))
        {
            probe.Start();
            port = ((System.Net.IPEndPoint)probe.LocalEndpoint).Port;
        }

        await using var server = await RunningServer.StartAsync($"Chat:Rest:Port={port}", $"Chat:Gateway:Port={port}");

        Assert.Equal(server.RestAddress, server.GatewayAddress);
        (await server.Rest.GetAsync("/actuator/health")).Must(200);
        await using var socket = await RawSocket.ConnectAsync(server, "role=agent&scope=queue");
        await socket.NextAsync("queue:snapshot");
    }

    [Fact]
    public async Task The_first_line_says_where_things_are_and_what_is_off()
    {
        await using var server = await RunningServer.StartAsync();

        var line = Assert.Single(server.Log.Lines, l => l.Category == "LiveChat.Server.Hosting.Startup");
        Assert.Equal(LogLevel.Information, line.Level);
        Assert.Contains(server.RestAddress.Authority, line.Message, StringComparison.Ordinal);
        Assert.Contains(server.GatewayAddress.Authority, line.Message, StringComparison.Ordinal);
        Assert.Contains("livechat.db", line.Message, StringComparison.Ordinal);
        Assert.Contains("authentication is off", line.Message, StringComparison.Ordinal);
    }
}
