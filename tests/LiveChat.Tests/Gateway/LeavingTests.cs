using LiveChat.Tests.Support;

namespace LiveChat.Tests.Gateway;

/// <summary>What a client sent just before it left is in the log, in order, and its refusals are nobody's error.</summary>
public class LeavingTests
{
    [Theory]
    [InlineData("41")]
    [InlineData("1")]
    public async Task Messages_in_one_request_with_the_leave_are_all_stored(string leave)
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");
        using var socket = await PollingSocket.ConnectAsync(server.GatewayAddress, $"role=customer&conversationId={id}");

        await socket.PostAsync(string.Join('\x1e', [.. new[] { "one", "two", "three" }.Select(Send), leave]));

        await Waiting.Until(async () => (await ContentsAsync(server, id)).SequenceEqual(["one", "two", "three"]));
    }

    [Fact]
    public async Task A_message_a_close_and_a_leave_at_once_close_the_conversation()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");
        using var socket = await PollingSocket.ConnectAsync(server.GatewayAddress, $"role=customer&conversationId={id}");

        // The second send is refused: the conversation is closed by then, and nobody is there to be told.
        await socket.PostAsync(string.Join('\x1e', Send("bye"), "42[\"conversation:close\",{}]", Send("too late"), "41"));

        await Waiting.Until(async () => (await server.Rest.GetAsync($"/api/customer/conversations/{id}")).Text("status") == "CLOSED");
        Assert.Equal(["bye"], await ContentsAsync(server, id));
        Assert.DoesNotContain(server.Log.Lines, line => line.Exception is not null);
    }

    private static string Send(string content) => $"42[\"chat:send\",{{\"content\":\"{content}\"}}]";

    private static async Task<List<string>> ContentsAsync(RunningServer server, string id)
    {
        var page = await server.Rest.GetAsync($"/api/customer/conversations/{id}/messages");
        return [.. page.Json.EnumerateArray().Select(message => message.GetProperty("content").GetString()!)];
    }
}
