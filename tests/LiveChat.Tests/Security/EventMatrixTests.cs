using System.Reflection;
using LiveChat.Server.Wire;
using LiveChat.Tests.Support;

namespace LiveChat.Tests.Security;

/// <summary>Every event that a client sends, by every kind of socket, on its own conversation and on others: each cell says what it is answered.</summary>
public class EventMatrixTests
{
    private static readonly string[] Sockets = ["its customer", "another customer", "its agent", "another agent", "supervisor", "key for customers", "key for agents"];

    /// <summary>The event, the conversation that it names, and the error for each socket, "-" for none.</summary>
    private static readonly (string Event, string On, string Answers)[] Rows =
    [
        (EventNames.ChatSend, "held", "- forbidden - forbidden forbidden - -"),
        (EventNames.ChatSend, "queued", "forbidden forbidden not_accepted not_accepted not_accepted - not_accepted"),
        (EventNames.ChatSend, "unknown", "not_found not_found not_found not_found not_found not_found not_found"),
        (EventNames.ChatSend, "no id", "validation validation validation validation validation validation validation"),
        (EventNames.ChatTyping, "held", "- forbidden - forbidden forbidden - -"),
        (EventNames.ChatTyping, "queued", "forbidden forbidden not_accepted not_accepted not_accepted - not_accepted"),
        (EventNames.ChatTyping, "unknown", "not_found not_found not_found not_found not_found not_found not_found"),
        (EventNames.ChatTyping, "no id", "validation validation validation validation validation validation validation"),
        (EventNames.ChatRead, "held", "- forbidden - forbidden forbidden - -"),
        (EventNames.ChatRead, "queued", "forbidden forbidden not_accepted not_accepted not_accepted - not_accepted"),
        (EventNames.ChatRead, "unknown", "not_found not_found not_found not_found not_found not_found not_found"),
        (EventNames.ChatRead, "no id", "validation validation validation validation validation validation validation"),
        (EventNames.ConversationClose, "held", "- forbidden - forbidden - - -"),
        (EventNames.ConversationClose, "queued", "forbidden forbidden - - - - -"),
        (EventNames.ConversationClose, "unknown", "not_found not_found not_found not_found not_found not_found not_found"),
        (EventNames.AuthRefresh, "a bad token", "unauthenticated unauthenticated unauthenticated unauthenticated unauthenticated unauthenticated unauthenticated"),
        (EventNames.AuthRefresh, "another's token", "forbidden forbidden forbidden forbidden forbidden forbidden forbidden"),
        ("no:event", "held", "unknown_event unknown_event unknown_event unknown_event unknown_event unknown_event unknown_event"),
    ];

    public static TheoryData<string, string, string> Cells => [.. Rows];

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task Each_socket_is_answered_what_the_table_says(string name, string on, string answers)
    {
        await using var scene = await TrustScene.StartAsync();
        var expected = answers.Split(' ');
        Assert.Equal(Sockets.Length, expected.Length);
        for (var column = 0; column < Sockets.Length; column++)
        {
            var (held, customer) = await scene.ConversationAsync(isHeld: true);
            var (queued, _) = await scene.ConversationAsync(isHeld: false);
            var isCustomer = Sockets[column].Contains("customer", StringComparison.Ordinal);
            var query = isCustomer ? "role=customer" + (Sockets[column].StartsWith("key", StringComparison.Ordinal) ? $"&conversationId={held}" : "") : "role=agent&scope=queue";
            await using var socket = await RawSocket.ConnectAsync(scene.Server, query, null, [.. scene.Credentials(Sockets[column], customer)]);
            var conversationId = on switch { "held" => held, "queued" => queued, "unknown" => $"{Guid.NewGuid()}", _ => "no-id" };
            object argument = name == EventNames.AuthRefresh
                ? new { token = on == "a bad token" ? "nonsense" : scene.Issuer.Token("somebody-else", "agent customer") }
                : new { conversationId, content = "Hi", typing = true, sequence = 1 };

            var answer = await socket.AskAsync(name, argument);
            var code = answer.TryGetProperty("error", out var error) ? error.GetProperty("code").GetString() : "-";
            Assert.True(code == expected[column], $"{name} on {on} by {Sockets[column]}: {answer.GetRawText()}");
        }
    }

    [Fact]
    public void Every_event_that_a_client_may_send_has_its_rows()
    {
        string[] fromServer = [EventNames.ChatMessage, EventNames.SystemEvent, EventNames.SystemError, EventNames.QueueSnapshot];
        var all = typeof(EventNames).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (string)field.GetRawConstantValue()!);

        Assert.Equal(all.Except(fromServer).Order(), Rows.Select(row => row.Event).Where(name => name != "no:event").Distinct().Order());
    }
}
