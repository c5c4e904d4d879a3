using LiveChat.Server.Presence;
using LiveChat.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace LiveChat.Tests.Operations;

public class PresenceTests
{
    private static readonly Participant Agent = new("agent", ParticipantType.Agent, null);
    private readonly FakeTimeProvider _clock = new();
    private readonly ParticipantPresence _presence;

    public PresenceTests() => _presence = new ParticipantPresence(new RecordingBus(), new ChatOptions(), _clock);

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

    private async Task<bool> IsGoneAsync(string agentId, int seconds) =>
        await _presence.IsGoneAsync(agentId, _clock.GetUtcNow() - TimeSpan.FromSeconds(seconds), CancellationToken.None);
}
