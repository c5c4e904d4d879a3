namespace LiveChat.Server.Storage;

public sealed class StorageOptions
{
    /// <summary>Default <c>Sqlite</c>, the embedded store.</summary>
    public StorageProvider Provider { get; set; } = StorageProvider.Sqlite;

    /// <summary>How long a write, or a read, may take before its caller is told that the store is not available. Default 5 s.</summary>
    public TimeSpan WriteTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The largest SQLite database, in bytes, that is rewritten after an erasure; writes wait for it, about a second for every
    /// 64 MiB. A larger one is overwritten in place where it is unused. Default 64 MiB.
    /// </summary>
    public long CompactLimit { get; set; } = 64 * 1024 * 1024;
}

public enum StorageProvider
{
    Sqlite,
    Postgres,
}
