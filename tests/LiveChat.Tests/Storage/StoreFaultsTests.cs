using LiveChat.Server.Storage.Core;
using LiveChat.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace LiveChat.Tests.Storage;

public sealed class StoreFaultsTests : IDisposable
{
    private readonly FakeTimeProvider _clock = new();
    private readonly LogCapture _log = new();
    private readonly StoreFaults _faults;

    public StoreFaultsTests() => _faults = new StoreFaults(_log.CreateLogger("store"), _clock);

    [Fact]
    public void However_many_calls_fail_it_is_few_lines_with_their_count()
    {
        for (var second = 0; second < 3; second++)
        {
            for (var i = 0; i < 1000; i++)
                _faults.Failed(2, new ChatException(ChatError.Unavailable, new IOException($"disk {second}")));
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal([2, 1998, 4000], Counts());
        Assert.EndsWith("the last reason: disk 2", _log.Lines.Last().Message, StringComparison.Ordinal);
        Assert.All(_log.Lines, line => Assert.Null(line.Exception));
    }

    [Fact]
    public void A_fault_after_a_quiet_second_is_said_at_once()
    {
        _faults.Failed(1, new IOException("one"));
        _clock.Advance(TimeSpan.FromSeconds(5));
        _faults.Stalled(3, TimeSpan.FromSeconds(5), null);

        Assert.Equal([1, 3], Counts());
    }

    [Fact]
    public void What_was_not_said_yet_is_said_at_the_end()
    {
        _faults.Failed(1, new IOException("one"));
        _faults.Failed(4, new IOException("two"));
        _faults.Dispose();

        Assert.Equal([1, 4], Counts());
    }

    public void Dispose()
    {
        _faults.Dispose();
        _log.Dispose();
    }

    private IEnumerable<int> Counts() => _log.Lines.Select(line => (int)line.Fields.First(field => field.Key == "Calls").Value!);
}
