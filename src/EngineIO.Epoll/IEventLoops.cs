namespace EngineIO.Epoll;

/// <summary>
/// The threads that serve connections, for short work that is to run where they do: they are awake while there is traffic, so what
/// is posted to them wakes no thread of the pool. A service where <see cref="EpollHosting.UseEpoll"/> is used, and nowhere else.
/// </summary>
public interface IEventLoops
{
    /// <summary>
    /// Has one of the threads run the work soon, between what happens to connections. What is posted is begun in the order in which it
    /// was posted, and may run on several threads at once. It must not block, since connections wait for the same thread. The
    /// thread pool runs it where no loop runs, be it not yet or no more, and where none has had time for what was posted for a while.
    /// Thread-safe.
    /// </summary>
    /// <param name="work">What it throws is logged. The <see cref="ExecutionContext"/> of the caller does not go with it.</param>
    void Post(IThreadPoolWorkItem work);
}
