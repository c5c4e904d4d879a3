using LiveChat.Server.Presence;
using LiveChat.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace LiveChat.Tests.Operations;

public class PresenceTests
{
    private static readonly Participant Agent = new("agent", ParticipantType.Agent, null);
    private readonly FakeTimeProvider _clock = new();
    private readonly RecordingBus _bus = new();
    private readonly ParticipantPresence _presence;

    public PresenceTests() => _presence = new ParticipantPresence(_bus, new ChatOptions(), _clock);

    [Fact]
    public async Task Who_called_a_moment_ago_is_there_and_who_did_not_is_gone()
    {
        _clock.Advance(TimeSpan.FromHours(1));
        _presence.Seen("agent");
        _clock.Advance(TimeSpan.FromSeconds(10));
        _presence.Prune();

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
        _presence.Connected(Agent, null);
        _clock.Advance(TimeSpan.FromHours(1));
        _presence.Prune();
        Assert.False(await IsGoneAsync("agent", 1));

        _presence.Disconnected(Agent);
        _clock.Advance(TimeSpan.FromSeconds(30));
        _presence.Prune();
        Assert.False(await IsGoneAsync("agent", 31));
        Assert.True(await IsGoneAsync("agent", 30));
    }

    [Fact]
    public void What_is_remembered_of_callers_ends_with_the_time_that_anybody_asks_about()
    {
        for (var i = 0; i < 1000; i++)
            _presence.Seen($"agent-{i}");
        Assert.Equal(1000, _presence.Count);

        _clock.Advance(TimeSpan.FromMinutes(3));
        _presence.Prune();

        Assert.Equal(0, _presence.Count);
    }

    [Theory]
    [InlineData(ParticipantType.Agent)]
    [InlineData(ParticipantType.Customer)]
    public void The_conversations_of_a_participant_are_told_when_its_last_socket_is_gone_for_the_grace_and_when_one_is_back(ParticipantType type)
    {
        var who = new Participant("who", type, null);
        var (first, second) = (Guid.NewGuid(), Guid.NewGuid());
        _presence.Connected(who, first);
        _presence.Connected(who, second);

        _presence.Disconnected(who);
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Empty(_bus.Changes);

        _presence.Disconnected(who);
        _clock.Advance(TimeSpan.FromSeconds(10) - TimeSpan.FromTicks(1));
        Assert.Empty(_bus.Changes);
        _clock.Advance(TimeSpan.FromTicks(1));
        MustHaveTold(isPresent: false, first, second);

        _presence.Connected(who, null);
        MustHaveTold(isPresent: true, first, second);

        // Back within the grace, it was never gone; the next absence has the whole grace again.
        _presence.Disconnected(who);
        _clock.Advance(TimeSpan.FromSeconds(9));
        _presence.Connected(who, null);
        _clock.Advance(TimeSpan.FromHours(1));
        _presence.Left(who, first);
        _presence.Disconnected(who);
        _clock.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(4, _bus.Changes.Count);
        _clock.Advance(TimeSpan.FromSeconds(1));
        MustHaveTold(isPresent: false, second);

        void MustHaveTold(bool isPresent, params Guid[] conversations) => Assert.Equal(
            conversations.Order().Select(id => new PresenceChange(id, who, isPresent, _clock.GetUtcNow())),
            _bus.Changes.TakeLast(conversations.Length).OrderBy(change => change.ConversationId));
    }

    private async Task<bool> IsGoneAsync(string agentId, int seconds) =>
        await _presence.IsGoneAsync(agentId, _clock.GetUtcNow() - TimeSpan.FromSeconds(seconds), CancellationToken.None);
}
