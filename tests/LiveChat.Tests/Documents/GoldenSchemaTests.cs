using System.Text.Json;
using LiveChat.Tests.Support;

namespace LiveChat.Tests.Documents;

/// <summary>Each golden payload is what the documents say of it. A payload without a row fails.</summary>
public class GoldenSchemaTests
{
    private static readonly Dictionary<string, string> Components = new()
    {
        ["conversation-queued"] = "Conversation",
        ["conversation-closed"] = "Conversation",
        ["conversation-listed"] = "ListedConversation",
        ["message"] = "Message",
        ["chat-message"] = "ChatMessage",
        ["chat-typing"] = "ChatTyping",
        ["chat-read"] = "ChatRead",
        ["system-event-closed"] = "SystemEvent",
        ["system-event-ready"] = "SystemEvent",
        ["system-event-disconnected"] = "SystemEvent",
        ["log"] = "LogEntry",
        ["queue"] = "QueueEntry",
        ["problem"] = "Problem",
        ["socket-error"] = "SocketError",
    };

    [Fact]
    public async Task Every_golden_payload_is_what_the_documents_say()
    {
        await using var server = await RunningServer.StartAsync();
        var documents = new[] { await Described.RestAsync(server.Rest), await Described.SocketAsync(server.Rest) };
        var files = Directory.GetFiles(Path.Combine(ClientProgram.Folder, "..", "contract"), "*.json");

        Assert.Equal(Components.Keys.Order(), files.Select(file => Path.GetFileNameWithoutExtension(file)).Order());
        foreach (var file in files)
        {
            var component = Components[Path.GetFileNameWithoutExtension(file)];
            var value = JsonDocument.Parse(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).RootElement;
            var knowing = documents.Where(document => document.Schemas.ContainsKey(component)).ToList();
            Assert.NotEmpty(knowing);
            foreach (var item in value.ValueKind is JsonValueKind.Array ? [.. value.EnumerateArray()] : new[] { value })
                Assert.All(knowing, document => document.MustHold(component, item, file));
        }
    }
}
