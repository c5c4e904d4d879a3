using LiveChat.Server.Realtime;
using LiveChat.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace LiveChat.Tests.Operations;

public class PresenceTests
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);
    private static readonly Participant Agent = new("agent", ParticipantType.Agent, null);
    private static readonly ReadFaults Faults = new(NullLogger<ReadFaults>.Instance, TimeProvider.System);
    private readonly FakeTimeProvider _clock = new();
    private readonly RecordingBus _bus = new();
    private readonly ParticipantPresence _presence;
    private Func<Task<IReadOnlyList<Guid>>> _findOpen = () => Task.FromResult<IReadOnlyList<Guid>>([]);

    public PresenceTests() => _presence = new ParticipantPresence(
        _bus, (_, _) => _findOpen(), new SocketNotes(new NoNotes(), Faults), new ChatOptions(), _clock, Faults);

    [Fact]
    public async Task Who_called_a_moment_ago_is_there_and_who_did_not_is_gone()
    {
        _clock.Advance(TimeSpan.FromHours(1));
        _presence.Seen("agent");
        _clock.Advance(TimeSpan.FromSeconds(10));
        await _presence.PruneAsync(CancellationToken.None);

        Assert.False(await IsGoneAsync("agent", 11));
        Assert.True(await IsGoneAsync("agent", 10));
        Assert.True(await IsGoneAsync("another", 10));
    }

    [Fact]
    public async Task A_server_that_has_just_started_takes_nobody_for_gone()
    {
        _clock.Advance(TimeSpan.FromSeconds(10));

        Assert.False(await IsGoneAsync("agent", 11));
        Assert.True(await IsGoneAsync("agent", 10));
    }

    [Fact]
    public async Task A_socket_keeps_its_agent_there_and_its_end_counts_as_a_call()
    {
        _presence.Connected(Agent);
        _clock.Advance(TimeSpan.FromHours(1));
        await _presence.PruneAsync(CancellationToken.None);
        Assert.False(await IsGoneAsync("agent", 1));

        _presence.Disconnected(Agent);
        _clock.Advance(TimeSpan.FromSeconds(30));
        await _presence.PruneAsync(CancellationToken.None);
        Assert.False(await IsGoneAsync("agent", 31));
        Assert.True(await IsGoneAsync("agent", 30));
    }

    [Fact]
    public async Task What_is_remembered_of_callers_ends_with_the_time_that_anybody_asks_about()
    {
        for (var i = 0; i < 1000; i++)
            _presence.Seen($"agent-{i}");
        Assert.Equal(1000, _presence.Count);

        _clock.Advance(TimeSpan.FromMinutes(3));
        await _presence.PruneAsync(CancellationToken.None);

        Assert.Equal(0, _presence.Count);
    }

    [Theory]
    [InlineData(ParticipantType.Agent)]
    [InlineData(ParticipantType.Customer)]
    public void The_conversations_of_a_participant_are_told_when_its_last_socket_is_gone_for_the_grace_and_when_one_is_back(ParticipantType type)
    {
        var who = new Participant("who", type, null);
        var (first, second) = (Guid.NewGuid(), Guid.NewGuid());
        MustBeIn(first, second);
        _presence.Connected(who);
        _presence.Connected(who);

        _presence.Disconnected(who);
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Empty(_bus.Changes);

        _presence.Disconnected(who);
        _clock.Advance(Grace - TimeSpan.FromTicks(1));
        Assert.Empty(_bus.Changes);
        _clock.Advance(TimeSpan.FromTicks(1));
        MustHaveTold(who, isPresent: false, first, second);

        _presence.Connected(who);
        MustHaveTold(who, isPresent: true, first, second);

        // Back within the grace, it was never gone; the next absence has the whole grace again.
        _presence.Disconnected(who);
        _clock.Advance(TimeSpan.FromSeconds(9));
        _presence.Connected(who);
        _clock.Advance(TimeSpan.FromHours(1));
        MustBeIn(second);
        _presence.Disconnected(who);
        _clock.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(4, _bus.Changes.Count);
        _clock.Advance(TimeSpan.FromSeconds(1));
        MustHaveTold(who, isPresent: false, second);
        Assert.Equal(5, _bus.Changes.Count);
    }

    [Fact]
    public void Who_had_a_socket_of_the_server_before_and_does_not_come_to_this_one_is_told_away()
    {
        var conversation = Guid.NewGuid();
        var back = new Participant("back", ParticipantType.Customer, null);
        MustBeIn(conversation);
        _presence.Expect([Agent, back]);
        _presence.Connected(back);

        _clock.Advance(Grace);

        MustHaveTold(Agent, isPresent: false, conversation);
        Assert.Single(_bus.Changes);
        Assert.False(_presence.ToldOf(Agent, conversation)!.IsPresent);
        Assert.Null(_presence.ToldOf(back, conversation));
    }

    [Fact]
    public void Who_is_back_while_it_is_asked_which_conversations_to_tell_was_never_gone()
    {
        var asked = new TaskCompletionSource<IReadOnlyList<Guid>>();
        _findOpen = () => asked.Task;
        _presence.Connected(Agent);
        _presence.Disconnected(Agent);
        _clock.Advance(Grace);

        _presence.Connected(Agent);
        asked.SetResult([Guid.NewGuid()]);

        Assert.Empty(_bus.Changes);
    }

    [Fact]
    public void A_conversation_that_closes_while_it_is_asked_which_to_tell_is_not_told()
    {
        var (closed, open) = (Ended(Agent, TransitionKind.Closed), Guid.NewGuid());
        var asked = new TaskCompletionSource<IReadOnlyList<Guid>>();
        _findOpen = () => asked.Task;
        _presence.Connected(Agent);
        _presence.Disconnected(Agent);
        _clock.Advance(Grace);

        _presence.OnCommitted([closed]);
        asked.SetResult([closed.ConversationId, open]);

        MustHaveTold(Agent, isPresent: false, open);
        Assert.Single(_bus.Changes);
    }

    [Fact]
    public void Where_it_cannot_be_found_whom_to_tell_it_is_tried_again()
    {
        var conversation = Guid.NewGuid();
        _findOpen = () => Task.FromException<IReadOnlyList<Guid>>(new ChatException(ChatError.Unavailable));
        _presence.Connected(Agent);
        _presence.Disconnected(Agent);
        _clock.Advance(Grace);
        Assert.Empty(_bus.Changes);

        MustBeIn(conversation);
        _clock.Advance(TimeSpan.FromSeconds(10));

        MustHaveTold(Agent, isPresent: false, conversation);
    }

    [Fact]
    public void A_server_that_stops_announces_nobody()
    {
        MustBeIn(Guid.NewGuid());
        var other = new Participant("other", ParticipantType.Customer, null);
        _presence.Connected(Agent);
        _presence.Connected(other);
        _presence.Disconnected(Agent);

        _presence.Stop();
        _presence.Disconnected(other);
        _clock.Advance(TimeSpan.FromHours(1));

        Assert.Empty(_bus.Changes);
    }

    [Theory]
    [InlineData(TransitionKind.Closed)]
    [InlineData(TransitionKind.Requeued)]
    public async Task What_was_told_is_forgotten_with_the_part_in_the_conversation(TransitionKind kind)
    {
        var closed = Ended(Agent, kind);
        MustBeIn(closed.ConversationId);
        _presence.Connected(Agent);
        _presence.Disconnected(Agent);
        _clock.Advance(TimeSpan.FromMinutes(3));
        await _presence.PruneAsync(CancellationToken.None);
        Assert.Equal(1, _presence.Count);

        _presence.OnCommitted([closed]);
        await _presence.PruneAsync(CancellationToken.None);

        Assert.Equal(0, _presence.Count);
    }

    private static Transition Ended(Participant agent, TransitionKind kind)
    {
        var id = Guid.NewGuid();
        var conversation = new Conversation
        {
            Id = id,
            Status = kind is TransitionKind.Closed ? ConversationStatus.Closed : ConversationStatus.Queued,
            Channel = "web",
            Customer = new Customer("customer", null, null),
            Agent = kind is TransitionKind.Closed ? new Agent(agent.Id, null) : null,
            LastSequence = 4,
            CreatedAt = default,
            UpdatedAt = default,
            QueuedAt = default,
        };
        return new Transition
        {
            ConversationId = id,
            Sequence = 4,
            Timestamp = default,
            Kind = kind,
            Conversation = conversation,
            Participant = agent,
        };
    }

    private void MustBeIn(params Guid[] conversations) => _findOpen = () => Task.FromResult<IReadOnlyList<Guid>>(conversations);

    private void MustHaveTold(Participant who, bool isPresent, params Guid[] conversations) => Assert.Equal(
        conversations.Order().Select(id => new PresenceChange(id, who, isPresent, _clock.GetUtcNow())),
        _bus.Changes.TakeLast(conversations.Length).OrderBy(change => change.ConversationId));

    private async Task<bool> IsGoneAsync(string agentId, int seconds) =>
        (await _presence.FindGoneAsync([agentId], TimeSpan.FromSeconds(seconds), CancellationToken.None)).Contains(agentId);
}
