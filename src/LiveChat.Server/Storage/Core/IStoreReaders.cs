using LiveChat.Server.Storage.Sql;

namespace LiveChat.Server.Storage.Core;

/// <summary>Connections that read, beside whatever writes. Thread-safe.</summary>
internal interface IStoreReaders
{
    /// <summary>Reads on a connection that is nobody else's meanwhile.</summary>
    /// <exception cref="ChatException">The database failed, or did not answer in time.</exception>
    Task<T> ReadAsync<T>(Func<SqlReads, ValueTask<T>> read, CancellationToken cancellationToken);
}
