using LiveChat.Tests.Support;
using Microsoft.Extensions.Logging;

namespace LiveChat.Tests.Operations;

public class LogTests
{
    private const string Category = "com.example.chat";

    [Fact]
    public async Task Lifecycle_and_queue_snapshots_are_logged_at_Debug_with_fields_and_without_content()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("secret-fingerprint", "Secret Name");
        await using var queue = await RawSocket.ConnectAsync(server, "role=agent&scope=queue&token=secret-token");
        await queue.NextAsync("queue:snapshot");
        (await server.Rest.CustomerSendAsync(id, "secret content")).Must(201);
        (await server.Rest.AcceptAsync(id)).Must(200);
        await using var agent = await RawSocket.ConnectAsync(server, $"role=agent&conversationId={id}", new { token = "secret-token" });
        await agent.AskAsync("chat:send", new { content = "secret answer" });
        await agent.AskAsync("conversation:close", new { reason = "secret reason" });

        var lines = server.Log.Lines.Where(l => l.Category == Category).ToList();
        Assert.All(lines, l => Assert.Equal(LogLevel.Debug, l.Level));
        foreach (var name in new[] { "CONVERSATION_QUEUED", "CONVERSATION_ASSIGNED", "CONVERSATION_CONNECTED", "CONVERSATION_CLOSED" })
        {
            var line = Assert.Single(lines, l => l.Message.StartsWith(name, StringComparison.Ordinal));
            Assert.Equal(Guid.Parse(id), Field(line, "ConversationId"));
            Assert.IsType<long>(Field(line, "Sequence"));
        }

        var assigned = lines.Single(l => l.Message.StartsWith("CONVERSATION_ASSIGNED", StringComparison.Ordinal));
        Assert.Matches("^[0-9a-f]{32}$", (string)Field(assigned, "TraceId")!);
        Assert.Contains(lines, l => l.Message.StartsWith("Queue snapshot", StringComparison.Ordinal));
        Assert.DoesNotContain(server.Log.Lines, l => l.ToString().Contains("secret", StringComparison.OrdinalIgnoreCase));
    }

    private static object? Field(LogLine line, string name) => line.Fields.Single(f => f.Key == name).Value;
}
