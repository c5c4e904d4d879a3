namespace LiveChat.Server.Storage;

public sealed class StorageOptions
{
    /// <summary>Default <c>Postgres</c> where <c>ConnectionStrings:Postgres</c> is set, else <c>Sqlite</c>, the embedded store.</summary>
    public StorageProvider? Provider { get; set; }

    /// <summary>How long a write, or a read, may take before its caller is told that the store is not available. Default 5 s.</summary>
    public TimeSpan WriteTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The largest write-ahead log of SQLite, in bytes. It grows while it cannot be copied to the database, because the disk fails or
    /// something reads for long; at the limit writes are refused as unavailable until it can. Default 1 GiB.
    /// </summary>
    public long LogLimit { get; set; } = 1024 * 1024 * 1024;
}

public enum StorageProvider
{
    Sqlite,
    Postgres,
}
