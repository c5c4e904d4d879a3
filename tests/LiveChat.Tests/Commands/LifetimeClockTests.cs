using Microsoft.Extensions.Time.Testing;

namespace LiveChat.Tests.Commands;

public class LifetimeClockTests
{
    private static readonly Lifetimes Whole = new(TimeSpan.FromMinutes(30), TimeSpan.FromMinutes(30), TimeSpan.FromHours(12));

    private readonly SetClock _clock = new();

    [Theory]
    [InlineData(-60)]
    [InlineData(60)]
    [InlineData(-0.5)]
    public void After_the_clock_was_set_nothing_runs_out_of_time_until_a_whole_lifetime_has_passed(double minutes)
    {
        var lifetimes = new LifetimeClock(new ChatOptions(), _clock);
        Assert.Equal(Whole, lifetimes.Read().Lifetimes);

        _clock.Set(TimeSpan.FromMinutes(minutes));

        Assert.Equal(default, lifetimes.Read().Lifetimes);
        _clock.Advance(TimeSpan.FromMinutes(29));
        Assert.Equal(default, lifetimes.Read().Lifetimes);
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(Whole with { Duration = null }, lifetimes.Read().Lifetimes);
        _clock.Advance(TimeSpan.FromHours(12));
        Assert.Equal(Whole, lifetimes.Read().Lifetimes);
    }

    [Fact]
    public void A_clock_that_is_kept_right_is_no_clock_that_was_set()
    {
        var lifetimes = new LifetimeClock(new ChatOptions(), _clock);
        for (var i = 0; i < 1000; i++)
        {
            _clock.Set(TimeSpan.FromMilliseconds(900));
            _clock.Advance(TimeSpan.FromSeconds(10));
            Assert.Equal(Whole, lifetimes.Read().Lifetimes);
        }
    }

    [Fact]
    public void Now_is_in_whole_milliseconds() =>
        Assert.Equal(0, new LifetimeClock(new ChatOptions(), _clock).Read().Now.Ticks % TimeSpan.TicksPerMillisecond);

    /// <summary>A clock that somebody sets, while time passes as ever.</summary>
    private sealed class SetClock : TimeProvider
    {
        private readonly FakeTimeProvider _time = new();
        private TimeSpan _set = TimeSpan.FromTicks(1);

        public override long TimestampFrequency => _time.TimestampFrequency;

        public void Set(TimeSpan by) => _set += by;

        public void Advance(TimeSpan by) => _time.Advance(by);

        public override DateTimeOffset GetUtcNow() => _time.GetUtcNow() + _set;

        public override long GetTimestamp() => _time.GetTimestamp();
    }
}
