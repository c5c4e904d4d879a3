using EngineIO.Epoll;

namespace LiveChat.Server.Realtime;

/// <summary>
/// Runs many small things that follow from a commit, a group after another on one thread: on the threads that serve connections,
/// which are awake while there is traffic, where there are such, else on the thread pool.
/// </summary>
/// <param name="loops">Null where connections are served by the thread pool.</param>
internal sealed class WorkGroups(IEventLoops? loops)
{
    private const int Size = 16;

    /// <param name="items">In the order in which those of one group run. Copied.</param>
    /// <param name="run">Must not throw, nor block: the rest of its group waits for it, and so do connections.</param>
    public void Queue<T>(IReadOnlyList<T> items, Action<T> run)
    {
        foreach (var chunk in items.Chunk(Size))
        {
            var group = new Group<T>(chunk, run);
            if (loops is not null)
                loops.Post(group);
            else
                ThreadPool.UnsafeQueueUserWorkItem(group, preferLocal: false);
        }
    }

    private sealed class Group<T>(T[] items, Action<T> run) : IThreadPoolWorkItem
    {
        public void Execute()
        {
            foreach (var item in items)
                run(item);
        }
    }
}
