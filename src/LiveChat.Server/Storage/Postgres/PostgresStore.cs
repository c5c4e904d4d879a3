using LiveChat.Server.Storage.Core;

namespace LiveChat.Server.Storage.Postgres;

/// <summary>The store of many servers: each writes by a few connections and reads by others.</summary>
internal static class PostgresStore
{
    /// <summary>How many batches of one server may be under way at once.</summary>
    public const int Lanes = 2;

    /// <param name="database">The database.</param>
    /// <param name="bus">What is told of each commit.</param>
    /// <param name="options">Limits.</param>
    /// <param name="stopWithin">How long the last writes may take when the store is disposed of.</param>
    /// <param name="log">Where the operator is told.</param>
    /// <param name="post">Where messages are answered, by threads that must not be blocked; null for the thread pool.</param>
    /// <param name="metrics">Where commits are measured; null where nobody looks.</param>
    public static ChatStore Open(
        PostgresDatabase database,
        IEventBus bus,
        StorageOptions options,
        TimeSpan stopWithin,
        ILogger log,
        Action<IThreadPoolWorkItem>? post = null,
        StoreMetrics? metrics = null)
    {
        // The bus, presence and a migration take some of the pool too.
        var readers = new PostgresReaders(database, Math.Max(1, (database.PoolSize - Lanes) / 2));
        return new ChatStore(
            [.. Enumerable.Range(0, Lanes).Select(_ => new PostgresEngine(database))],
            readers,
            PostgresDialect.Instance,
            new PostgresMessageCount(readers),
            bus,
            new Answers(post),
            options.WriteTimeout,
            stopWithin,
            log,
            metrics);
    }
}
