using System.Text.Json;

namespace LiveChat.Tests;

// Inside, where it comes before the namespace Json of a package.
using LiveChat.Server.Wire;

/// <summary>Every payload, byte for byte as the files in <c>tests/contract</c> have it, which clients' tests may read too.</summary>
public class GoldenTests
{
    private static readonly DateTimeOffset At = new(2025, 11, 13, 11, 36, 3, 351, TimeSpan.Zero);
    private static readonly Guid Id = Guid.Parse("5f0c2a34-7b1e-4c7f-9d0a-0d6c1e2f3a4b");

    private static readonly Conversation Queued = new()
    {
        Id = Id,
        Status = ConversationStatus.Queued,
        Channel = "web",
        Metadata = """{"order":"A-17"}""",
        Customer = new Customer("visitor-id", "Jane Doe", "0123456789"),
        Queue = new QueuePlace(1, 120),
        LastSequence = 1,
        CreatedAt = At,
        UpdatedAt = At,
        QueuedAt = At,
    };

    private static readonly Conversation Closed = Queued with
    {
        Status = ConversationStatus.Closed,
        Queue = null,
        Agent = new Agent("agent-123", "Ashik"),
        Read = new ReadMarkers(5, 7),
        LastSequence = 8,
        ClosedBy = ParticipantType.Agent,
        CloseReason = "resolved",
        UpdatedAt = At.AddMinutes(4),
        AcceptedAt = At.AddMinutes(1),
        ClosedAt = At.AddMinutes(4),
    };

    private static readonly Message Said = new()
    {
        ConversationId = Id,
        Sequence = 7,
        Timestamp = At.AddMinutes(2),
        Id = Guid.Parse("0b9d7b6e-3f8e-4a57-9d5c-3f6f0d1f2a11"),
        Sender = new Participant("agent-123", ParticipantType.Agent, "Ashik"),
        Content = "How can I help? <b>ü</b> \"quoted\"",
        Metadata = """{"channel":"support-panel"}""",
    };

    private static readonly Transition Ended = new()
    {
        ConversationId = Id,
        Sequence = 8,
        Timestamp = At.AddMinutes(4),
        Kind = TransitionKind.Closed,
        Participant = new Participant("agent-123", ParticipantType.Agent, "Ashik"),
        Reason = "resolved",
        Conversation = Closed,
    };

    public static TheoryData<string> Names => [.. Payloads.Keys];

    private static Dictionary<string, Func<string>> Payloads => new()
    {
        ["conversation-queued"] = () => JsonSerializer.Serialize(ConversationBody.From(Queued), Json.Wire.ConversationBody),
        ["conversation-closed"] = () => JsonSerializer.Serialize(ConversationBody.From(Closed), Json.Wire.ConversationBody),
        ["conversation-listed"] = () => JsonSerializer.Serialize(
            ListedConversationBody.From(new FoundConversation(Closed, Position: null, Key: 7) { Unread = 2, LastMessage = Said }), Json.Wire.ListedConversationBody),
        ["message"] = () => JsonSerializer.Serialize(Said, Json.Wire.Message),
        ["chat-message"] = () => JsonSerializer.Serialize(ChatMessageBody.From(Said), Json.Wire.ChatMessageBody),
        ["chat-typing"] = () => JsonSerializer.Serialize(
            new ChatTypingBody(Id, Said.Sender, Typing: true, At.AddSeconds(6)), Json.Wire.ChatTypingBody),
        ["chat-read"] = () => JsonSerializer.Serialize(new ChatReadBody(Id, Said.Sender, 7, At), Json.Wire.ChatReadBody),
        ["system-event-closed"] = () => JsonSerializer.Serialize(SystemEventBody.From(Ended), Json.Wire.SystemEventBody),
        ["system-event-ready"] = () => JsonSerializer.Serialize(
            SystemEventBody.Ready(Queued, Queued.Customer.AsParticipant(), At), Json.Wire.SystemEventBody),
        ["system-event-disconnected"] = () => JsonSerializer.Serialize(
            SystemEventBody.Presence(Queued, new PresenceChange(Id, Queued.Customer.AsParticipant(), IsPresent: false, At)),
            Json.Wire.SystemEventBody),
        ["log"] = () => JsonSerializer.Serialize([LogEntryBody.From(Said), LogEntryBody.From(Ended)], Json.Wire.IReadOnlyListLogEntryBody),
        ["queue"] = () => JsonSerializer.Serialize(
            [QueueEntryBody.From(new QueueEntry(Id, Queued.Customer, "web", At, 1, Key: 7))], Json.Wire.IReadOnlyListQueueEntryBody),
        ["problem"] = () => JsonSerializer.Serialize(
            new ProblemBody("about:blank", "Bad Request", 400, "validation", "fingerprint is required.", new Dictionary<string, string[]> { ["fingerprint"] = ["is required"] }, null),
            Json.Wire.ProblemBody),
        ["socket-error"] = () => JsonSerializer.Serialize(SocketErrorBody.From(ChatError.AcceptedByAnother), Json.Wire.SocketErrorBody),
    };

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_payload_is_what_the_contract_has(string name)
    {
        var file = Path.Combine(ClientProgram.Folder, "..", "contract", name + ".json");
        var expected = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);

        Assert.Equal(expected.TrimEnd('\n'), Payloads[name]());
    }
}
