using System.Data.Common;

namespace LiveChat.Server.Storage.Sqlite;

internal sealed class SqliteDialect : ISqlDialect
{
    public static SqliteDialect Instance { get; } = new();

    public Guid ReadId(DbDataReader row, int column) =>
        new(row.GetFieldValue<byte[]>(column), bigEndian: true);

    public object Id(Guid id) => id.ToByteArray(bigEndian: true);
}
