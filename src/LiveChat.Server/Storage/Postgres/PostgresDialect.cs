using System.Data;
using System.Data.Common;
using LiveChat.Server.Storage.Sql;
using Npgsql;

namespace LiveChat.Server.Storage.Postgres;

internal sealed class PostgresDialect : ISqlDialect
{
    public static PostgresDialect Instance { get; } = new();

    public string ReadBytes => "SELECT pg_database_size(current_database())";

    public Guid ReadId(DbDataReader row, int column) => row.GetGuid(column);

    public object Id(Guid id) => id;

    public async ValueTask<IAsyncDisposable> BeginSnapshotAsync(DbConnection connection) =>
        await ((NpgsqlConnection)connection).BeginTransactionAsync(IsolationLevel.RepeatableRead);
}
