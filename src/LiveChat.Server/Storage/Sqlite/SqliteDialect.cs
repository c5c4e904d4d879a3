using System.Data.Common;
using LiveChat.Server.Storage.Sql;
using Microsoft.Data.Sqlite;

namespace LiveChat.Server.Storage.Sqlite;

internal sealed class SqliteDialect : ISqlDialect
{
    public static SqliteDialect Instance { get; } = new();

    public string ReadBytes => "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()";

    public Guid ReadId(DbDataReader row, int column) =>
        new(row.GetFieldValue<byte[]>(column), bigEndian: true);

    public object Id(Guid id) => id.ToByteArray(bigEndian: true);

    public ValueTask<IAsyncDisposable> BeginSnapshotAsync(DbConnection connection) =>
        ValueTask.FromResult<IAsyncDisposable>(((SqliteConnection)connection).BeginTransaction(deferred: true));
}
