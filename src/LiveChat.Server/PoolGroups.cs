namespace LiveChat.Server;

/// <summary>Runs many small things on the thread pool, a group after another on one thread: waking a thread costs more than one of them does.</summary>
internal static class PoolGroups
{
    private const int Size = 16;

    /// <param name="items">In the order in which those of one group run. Copied.</param>
    /// <param name="run">Must not throw, nor block: the rest of its group waits for it.</param>
    public static void Queue<T>(IReadOnlyList<T> items, Action<T> run)
    {
        foreach (var group in items.Chunk(Size))
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                static work =>
                {
                    foreach (var item in work.group)
                        work.run(item);
                },
                (group, run),
                preferLocal: false);
        }
    }
}
