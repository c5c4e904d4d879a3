using LiveChat.Server.Storage.Postgres;
using LiveChat.Server.Storage.Sql;
using LiveChat.Server.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace LiveChat.Server.Storage.Move;

/// <summary>
/// Copies all that is in a file of SQLite into an empty database of PostgreSQL, in one transaction, and compares the two before it ends. The file is
/// only read, as it stands at one moment: a server may go on writing to it.
/// </summary>
internal static class StoreMove
{
    private static readonly TimeSpan Limit = TimeSpan.FromHours(1);

    /// <param name="source">The connection string of the file.</param>
    /// <param name="target">That of the database.</param>
    /// <param name="log">Where it is said what is wrong with the database.</param>
    /// <returns>How many rows of each table were copied.</returns>
    /// <exception cref="StartException">It could not be done; nothing was copied.</exception>
    public static async Task<IReadOnlyDictionary<string, long>> RunAsync(string source, string target, ILogger log)
    {
        var folder = Directory.CreateTempSubdirectory("livechat-move-").FullName;
        try
        {
            var copy = Path.Combine(folder, "livechat.db");
            SqliteBackup.Run(source, copy);
            using var file = SqliteDatabase.Open($"Data Source={copy}");
            await using var database = PostgresDatabase.Open(target, "move", TimeSpan.FromSeconds(30), log);
            await using var from = file.OpenWriter(TimeSpan.FromSeconds(5));
            using (var writer = new SqliteWriter(from))
                writer.Transact(writer.Pending.MoveToLog);
            return await CopyAsync(from, database);
        }
        catch (Exception exception) when (exception is SqliteException or IOException || PostgresErrors.IsOfDatabase(exception))
        {
            throw new StartException(exception.Message, exception);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<Dictionary<string, long>> CopyAsync(SqliteConnection from, PostgresDatabase database)
    {
        // What takes long here is no statement of a server's.
        await using var to = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database.ConnectionString)
        {
            Pooling = false,
            CommandTimeout = (int)Limit.TotalSeconds,
        }.ConnectionString);
        await to.OpenAsync();
        await using var transaction = await to.BeginTransactionAsync();
        to.Execute("LOCK TABLE conversation, conversation_event, protection_key, secret IN EXCLUSIVE MODE");
        if (to.Ask("SELECT EXISTS (SELECT 1 FROM conversation)") is true)
            throw new StartException($"there are conversations in {database.Name} already: the database must be empty.");

        // A server that was started on it has made its own, by which what was given out before would be worth nothing.
        to.Execute("DELETE FROM protection_key");
        to.Execute("DELETE FROM secret WHERE name <> @epoch", ("@epoch", StoreSecrets.Epoch));
        var counts = new Dictionary<string, long>();
        foreach (var table in MovedTable.All)
        {
            var read = await CopyAsync(from, to, table);
            var written = await SumAsync(to, table);
            if ((read.Rows, read.Sum) != (written.Rows, written.Sum))
                throw new StartException($"what was written to {table.Name} is not what was read: {read.Rows} rows and {written.Rows}.");
            if (table.Identity is { } identity && read.Rows > 0)
                to.Ask($"SELECT setval(pg_get_serial_sequence('{table.Name}', '{identity}'), (SELECT max({identity}) FROM {table.Name}))");
            counts[table.Name] = read.Rows;
        }

        await transaction.CommitAsync();
        to.Execute("ANALYZE conversation");
        to.Execute("ANALYZE conversation_event");
        return counts;
    }

    private static async Task<RowSum> CopyAsync(SqliteConnection from, NpgsqlConnection to, MovedTable table)
    {
        var sum = new RowSum();
        await using var command = from.Command($"SELECT {table.ColumnList} FROM {table.Name}{Moved(table)}");
        await using var row = await command.ExecuteReaderAsync();
        await using var copy = await to.BeginBinaryImportAsync($"COPY {table.Name} ({table.ColumnList}) FROM STDIN (FORMAT BINARY)");
        copy.Timeout = Limit;
        while (await row.ReadAsync())
        {
            await copy.StartRowAsync();
            for (var column = 0; column < table.Columns.Length; column++)
            {
                var value = table.Read(row, column);
                sum.Add(value);
                if (value is null)
                    await copy.WriteNullAsync();
                else
                    await copy.WriteAsync(value, table.Columns[column].Type);
            }

            sum.EndRow();
        }

        await copy.CompleteAsync();
        return sum;
    }

    private static async Task<RowSum> SumAsync(NpgsqlConnection to, MovedTable table)
    {
        var sum = new RowSum();
        await using var command = to.Command($"SELECT {table.ColumnList} FROM {table.Name}{Moved(table)}");
        await using var row = await command.ExecuteReaderAsync();
        while (await row.ReadAsync())
        {
            for (var column = 0; column < table.Columns.Length; column++)
                sum.Add(await row.IsDBNullAsync(column) ? null : row.GetValue(column));
            sum.EndRow();
        }

        return sum;
    }

    /// <summary>Which log it is, is each database's own; what was written to see whether it can be is nobody's.</summary>
    private static string Moved(MovedTable table) => table.Name == "secret" ? $" WHERE name = '{StoreSecrets.Recovery}'" : "";
}
