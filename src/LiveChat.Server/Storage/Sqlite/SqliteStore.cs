using LiveChat.Server.Storage.Core;

namespace LiveChat.Server.Storage.Sqlite;

/// <summary>The embedded store: one file, one connection that writes, others beside it that read.</summary>
internal static class SqliteStore
{
    /// <param name="database">The file; disposed of with the store.</param>
    /// <param name="bus">What is told of each commit.</param>
    /// <param name="options">Limits.</param>
    /// <param name="stopWithin">How long the last writes may take when the store is disposed of.</param>
    /// <param name="log">Where the operator is told.</param>
    /// <param name="pending">When messages are left pending, and for how long.</param>
    /// <param name="post">Where messages are answered, by threads that must not be blocked; null for the thread pool.</param>
    /// <param name="metrics">Where commits are measured; null where nobody looks.</param>
    /// <exception cref="StartException">What a server that was cut off has left cannot be put in its place.</exception>
    public static ChatStore Open(
        SqliteDatabase database,
        IEventBus bus,
        StorageOptions options,
        TimeSpan stopWithin,
        ILogger log,
        PendingLimits? pending = null,
        Action<IThreadPoolWorkItem>? post = null,
        StoreMetrics? metrics = null)
    {
        var readers = new SqliteReaders(database, options.WriteTimeout);
        var engine = new SqliteEngine(
            database,
            readers,
            options.WriteTimeout,
            pending ?? PendingLimits.Default,
            new SqliteCheckpoints(database.LogPath, options.LogLimit, log),
            log);
        return new ChatStore([engine], readers, SqliteDialect.Instance, new SqliteMessageCount(readers), bus, new Answers(post), options.WriteTimeout, stopWithin, log, metrics);
    }
}
