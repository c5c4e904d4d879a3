using LiveChat.Server.Realtime;
using LiveChat.Tests.Support;

namespace LiveChat.Tests.Conformance;

/// <summary>What whoever keeps presence promises: who is away, who is back, which agents are there. By the real time, with short graces.</summary>
public abstract class PresenceConformance
{
    /// <summary>In which everybody is.</summary>
    protected static readonly Guid Conversation = Guid.NewGuid();

    private static readonly Participant A = new("a", ParticipantType.Customer, null);
    private static readonly Participant B = new("b", ParticipantType.Customer, null);
    private static readonly Participant Agent = new("agent", ParticipantType.Agent, null);

    private protected static ChatOptions Options { get; } = new()
    {
        Presence = { DisconnectGrace = TimeSpan.FromSeconds(0.3) },
        Agent = { RequeueAfter = TimeSpan.FromSeconds(0.5) },
    };

    private protected abstract ISocketPresence Presence { get; }

    /// <summary>What was told of whom, in order.</summary>
    protected abstract IReadOnlyList<(string Id, bool IsPresent)> Told { get; }

    [Fact]
    public async Task Whose_last_socket_is_gone_for_the_grace_is_told_away_and_back_with_the_next_one()
    {
        Presence.Connected(A);
        Presence.Connected(A);
        Presence.Disconnected(A);
        Presence.Connected(B);
        Presence.Disconnected(B);
        await UntilToldAsync(B, isPresent: false);
        Assert.Empty(Of(A));
        Assert.Null(Presence.ToldOf(A, Conversation));

        Presence.Disconnected(A);
        await UntilToldAsync(A, isPresent: false);
        Assert.False(Presence.ToldOf(A, Conversation)!.IsPresent);
        Presence.Connected(A);
        await UntilToldAsync(A, isPresent: true);

        Assert.True(Presence.ToldOf(A, Conversation)!.IsPresent);
        Assert.Equal([false, true], Of(A));
    }

    [Fact]
    public async Task Who_is_back_within_the_grace_was_never_away()
    {
        Presence.Connected(A);
        Presence.Disconnected(A);
        Presence.Connected(A);
        Presence.Connected(B);
        Presence.Disconnected(B);

        await UntilToldAsync(B, isPresent: false);

        Assert.Empty(Of(A));
    }

    [Fact]
    public async Task One_id_on_both_sides_is_two_people()
    {
        var agent = A with { Type = ParticipantType.Agent };
        Presence.Connected(A);
        Presence.Connected(agent);
        Presence.Disconnected(agent);

        await UntilToldAsync(agent, isPresent: false);

        Assert.Null(Presence.ToldOf(A, Conversation));
    }

    [Fact]
    public async Task An_agent_is_gone_when_it_has_had_no_socket_and_made_no_call_for_as_long_as_is_asked()
    {
        Presence.Connected(Agent);
        Presence.Seen("caller");

        await Waiting.Until(async () => (await GoneAsync("agent", "caller", "stranger")).SetEquals(["caller", "stranger"]));
        Presence.Disconnected(Agent);
        await Waiting.Until(async () => (await GoneAsync("agent")).Contains("agent"));
    }

    [Fact]
    public async Task An_agent_is_there_while_one_has_a_socket_and_for_a_while_after_a_call()
    {
        Assert.False(Presence.IsAnyAgentThere);
        Presence.Connected(A);
        Presence.Seen("caller");
        Assert.True(Presence.IsAnyAgentThere);
        await Waiting.Until(() => !Presence.IsAnyAgentThere);

        Presence.Connected(Agent);
        Assert.True(Presence.IsAnyAgentThere);
        Presence.Disconnected(Agent);
        await Waiting.Until(() => !Presence.IsAnyAgentThere);
    }

    private async Task<IReadOnlySet<string>> GoneAsync(params string[] agents) =>
        await Presence.FindGoneAsync(agents, TimeSpan.FromSeconds(0.3), CancellationToken.None);

    private Task UntilToldAsync(Participant who, bool isPresent) => Waiting.Until(() => Of(who).LastOrDefault(!isPresent) == isPresent);

    private List<bool> Of(Participant who) => [.. Told.Where(told => told.Id == who.Id).Select(told => told.IsPresent)];
}
