using LiveChat.Server.Realtime;
using Microsoft.Extensions.Time.Testing;

namespace LiveChat.Tests.Cluster;

/// <summary>When a server is dead to another: by its count, in the time in which the other could look.</summary>
public class ServerLeasesTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private readonly FakeTimeProvider _clock = new();
    private readonly ServerLeases _leases;

    public ServerLeasesTests() => _leases = new ServerLeases(TimeSpan.FromSeconds(10), Interval, _clock);

    [Fact]
    public void One_whose_count_stands_still_for_the_lease_is_dead()
    {
        Look(10, _ => [new("silent", 7), new("beating", _)]);
        Assert.Empty(_leases.Dead);

        Look(1, _ => [new("silent", 7), new("beating", 99)]);

        Assert.Equal([new ServerBeat("silent", 7)], _leases.Dead);
    }

    [Fact]
    public void One_that_beats_once_has_the_whole_lease_again()
    {
        Look(9, _ => [new("slow", 7)]);
        Look(9, _ => [new("slow", 8)]);

        Assert.Empty(_leases.Dead);
    }

    [Fact]
    public void Time_in_which_the_store_was_away_is_nobodys_silence()
    {
        Look(3, _ => [new("other", 7)]);
        for (var i = 0; i < 60; i++)
        {
            _clock.Advance(Interval);
            _leases.Missed();
        }

        Look(7, _ => [new("other", 7)]);

        Assert.Empty(_leases.Dead);
    }

    [Fact]
    public void A_pause_of_ones_own_makes_nobody_dead()
    {
        Look(3, _ => [new("other", 7)]);
        _clock.Advance(TimeSpan.FromMinutes(5));

        _leases.Saw([new("other", 7)]);

        Assert.Empty(_leases.Dead);
    }

    [Fact]
    public void One_that_is_gone_is_forgotten_and_begins_anew_when_it_is_back()
    {
        Look(8, _ => [new("other", 7)]);
        _leases.Saw([]);
        Look(8, _ => [new("other", 7)]);

        Assert.Empty(_leases.Dead);
    }

    /// <summary>So many looks, an interval apart, each at what <paramref name="servers"/> gives for its number.</summary>
    private void Look(int times, Func<int, ServerBeat[]> servers)
    {
        for (var i = 0; i < times; i++)
        {
            _leases.Saw(servers(i));
            _clock.Advance(Interval);
        }
    }
}
