namespace SocketIO.Tests.Kit;

/// <summary>Every wait of a test ends: a hang is a failure at the line that hangs.</summary>
internal static class Bounds
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    public static Task<T> Bounded<T>(this Task<T> task) => task.WaitAsync(Limit, TestContext.Current.CancellationToken);

    public static Task Bounded(this Task task) => task.WaitAsync(Limit, TestContext.Current.CancellationToken);

    public static Task<T> Bounded<T>(this ValueTask<T> task) => task.AsTask().Bounded();

    public static Task Bounded(this ValueTask task) => task.AsTask().Bounded();

    /// <summary>Waits for something that another thread brings about and that nothing announces.</summary>
    public static async Task Until(Func<bool> condition)
    {
        var end = Environment.TickCount64 + (long)Limit.TotalMilliseconds;
        while (!condition())
        {
            Assert.True(Environment.TickCount64 < end, "The condition did not come true.");
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }
}
