using System.Collections.Concurrent;

namespace LiveChat.Tests;

public class RandomIdTests
{
    [Fact]
    public void Ids_are_version_4_and_never_the_same_whatever_thread_makes_them()
    {
        var ids = new ConcurrentBag<Guid>();
        Parallel.For(0, 8, _ =>
        {
            for (var i = 0; i < 5_000; i++)
                ids.Add(RandomId.New());
        });

        Assert.Equal(40_000, ids.Distinct().Count());
        Assert.All(ids, id =>
        {
            Assert.Equal(4, id.Version);
            Assert.InRange(id.Variant, 8, 11);
        });
    }
}
