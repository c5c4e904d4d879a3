using LiveChat.Server.Logging;
using Microsoft.Extensions.Time.Testing;

namespace LiveChat.Tests.Operations;

public sealed class PacedLineTests : IDisposable
{
    private readonly FakeTimeProvider _clock = new();
    private readonly List<int> _said = [];
    private readonly PacedLine _line;

    public PacedLineTests() => _line = new PacedLine(new Lock(), _clock, _said.Add);

    public void Dispose() => _line.Dispose();

    [Fact]
    public void What_goes_on_is_said_more_and_more_seldom_up_to_once_a_minute()
    {
        for (var second = 0; second < 600; second++)
        {
            _line.Add(1);
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        // After 0, 1, 3, 7, 15, 31, 63 seconds, then each minute.
        Assert.Equal([1, 1, 1, 4, 8, 16, 32], _said.Take(7));
        Assert.All(_said.Skip(7), count => Assert.Equal(60, count));
    }

    [Fact]
    public void What_begins_again_is_said_at_once()
    {
        _line.Add(3);
        _line.Add(4);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([3, 4], _said);

        _clock.Advance(TimeSpan.FromSeconds(4.1));
        _line.Add(5);
        _clock.Advance(TimeSpan.FromSeconds(1));
        _line.Add(6);

        Assert.Equal([3, 4, 5, 6], _said);
    }

    [Fact]
    public void What_was_not_said_yet_is_said_at_the_end()
    {
        _line.Add(1);
        _line.Add(2);

        _line.Dispose();

        Assert.Equal([1, 2], _said);
    }
}
