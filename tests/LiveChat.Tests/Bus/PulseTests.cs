using LiveChat.Server.Realtime.Bus;
using Microsoft.Extensions.Time.Testing;

namespace LiveChat.Tests.Bus;

/// <summary>A way is alive while its beats come back within a second.</summary>
public sealed class PulseTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly Pulse _pulse;

    public PulseTests() => _pulse = new Pulse(_clock);

    [Fact]
    public void It_is_dead_until_the_first_beat_is_back()
    {
        Assert.False(_pulse.IsAlive);
        var beat = Beat();
        Assert.False(_pulse.IsAlive);

        _pulse.Echo(beat);

        Assert.True(_pulse.IsAlive);
    }

    [Fact]
    public void A_beat_that_is_late_means_that_it_is_dead_until_one_is_back()
    {
        _pulse.Echo(Beat());
        var late = Beat();
        _clock.Advance(Pulse.Limit - TimeSpan.FromMilliseconds(2));
        Assert.True(_pulse.IsAlive);
        _clock.Advance(TimeSpan.FromMilliseconds(2));
        Assert.False(_pulse.IsAlive);
        Assert.Equal(Pulse.Limit, _pulse.Silence);

        _pulse.Echo(late);

        Assert.True(_pulse.IsAlive);
        Assert.Equal(TimeSpan.Zero, _pulse.Silence);
    }

    [Fact]
    public void A_server_that_slept_holds_nothing_for_late_that_it_did_not_send()
    {
        _pulse.Echo(Beat());

        _clock.Advance(TimeSpan.FromMinutes(1));

        Assert.True(_pulse.IsAlive);
    }

    [Fact]
    public void After_a_break_a_beat_from_before_does_not_count()
    {
        _pulse.Echo(Beat());
        var old = Beat();
        _pulse.Break();
        _pulse.Echo(old);
        Assert.False(_pulse.IsAlive);

        _pulse.Echo(Beat());

        Assert.True(_pulse.IsAlive);
    }

    private long Beat()
    {
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        return _pulse.Beat();
    }
}
