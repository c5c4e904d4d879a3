using LiveChat.Server.Realtime.Bus;
using LiveChat.Tests.Support;

namespace LiveChat.Tests.Bus;

/// <summary>What waits is bounded in bytes, and it is known what was dropped.</summary>
public sealed class BusQueueTests
{
    [Fact]
    public void A_queue_that_drops_the_oldest_keeps_what_came_last()
    {
        var queue = new BusQueue<byte[]>(1000, bytes => bytes.Length, dropsOldest: true);

        var dropped = Enumerable.Range(0, 10).Sum(i => queue.Add(new byte[100 + i]));

        // 200 bytes and more for each: four fit.
        Assert.Equal(6, dropped);
        Assert.Equal([106, 107, 108, 109], Rest(queue).Select(bytes => bytes.Length));
        Assert.Equal(0, queue.Add([]));
    }

    [Fact]
    public void A_queue_that_drops_what_comes_keeps_what_was_there()
    {
        var queue = new BusQueue<byte[]>(1000, bytes => bytes.Length, dropsOldest: false);

        var dropped = Enumerable.Range(0, 10).Sum(i => queue.Add(new byte[100 + i]));

        Assert.Equal(6, dropped);
        Assert.Equal([100, 101, 102, 103], Rest(queue).Select(bytes => bytes.Length));
    }

    [Fact]
    public async Task A_reader_gets_all_that_many_writers_add_and_then_the_end()
    {
        var queue = new BusQueue<int>(long.MaxValue, _ => 1, dropsOldest: true);
        var reading = Task.Run(async () =>
        {
            var read = new List<int>();
            while (await queue.WaitAsync(CancellationToken.None))
                read.AddRange(Rest(queue));
            return read;
        });

        await Task.WhenAll(Enumerable.Range(0, 4).Select(writer => Task.Run(() =>
        {
            for (var i = 0; i < 5000; i++)
                queue.Add((writer * 10_000) + i);
        }))).Soon();
        queue.Complete();

        var all = await reading.Soon();
        Assert.Equal(20_000, all.Count);
        for (var writer = 0; writer < 4; writer++)
            Assert.Equal(Enumerable.Range(writer * 10_000, 5000), all.Where(value => value / 10_000 == writer));
    }

    private static List<T> Rest<T>(BusQueue<T> queue)
    {
        var rest = new List<T>();
        while (queue.TryTake(out var item))
            rest.Add(item);
        return rest;
    }
}
