using System.Buffers;
using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace LiveChat.Server.Storage.Sqlite;

/// <summary>
/// A statement that is prepared once and run often: values go in by type, with no box and no reader made for each run. Parameters are
/// numbered from 1, in the order in which they first stand in the SQL, and keep their values until they are bound anew. Used by one thread.
/// </summary>
internal sealed class PreparedStatement : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;

    public PreparedStatement(SqliteConnection connection, string sql)
    {
        _database = connection.Handle!;
        Check(raw.sqlite3_prepare_v3(_database, sql, raw.SQLITE_PREPARE_PERSISTENT, out _statement));
    }

    public void Bind(int parameter, long? value) => Check(value is { } number
        ? raw.sqlite3_bind_int64(_statement, parameter, number)
        : raw.sqlite3_bind_null(_statement, parameter));

    public void Bind(int parameter, Guid? value)
    {
        if (value is not { } id)
        {
            Check(raw.sqlite3_bind_null(_statement, parameter));
            return;
        }

        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        Check(raw.sqlite3_bind_blob(_statement, parameter, bytes));
    }

    public void Bind(int parameter, string? value)
    {
        if (value is null)
        {
            Check(raw.sqlite3_bind_null(_statement, parameter));
            return;
        }

        // SQLite keeps a copy.
        var most = Encoding.UTF8.GetMaxByteCount(value.Length);
        byte[]? rented = null;
        var utf8 = most <= 512 ? stackalloc byte[512] : rented = ArrayPool<byte>.Shared.Rent(most);
        Check(raw.sqlite3_bind_text(_statement, parameter, utf8[..Encoding.UTF8.GetBytes(value, utf8)]));
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
    }

    /// <summary>Runs it, and gives the number of rows that it changed.</summary>
    public int Execute()
    {
        Run(hasRow: false);
        return raw.sqlite3_changes(_database);
    }

    /// <summary>Runs it, and gives the number in the first column of its first row, null when there is none.</summary>
    public long? ReadNumber() => Run(hasRow: true);

    public void Dispose() => _statement.Dispose();

    private long? Run(bool hasRow)
    {
        var result = raw.sqlite3_step(_statement);
        long? number = result == raw.SQLITE_ROW && hasRow ? raw.sqlite3_column_int64(_statement, 0) : null;

        // An INSERT that returns its key is not done before it is stepped on.
        while (result == raw.SQLITE_ROW)
            result = raw.sqlite3_step(_statement);
        raw.sqlite3_reset(_statement);
        if (result != raw.SQLITE_DONE)
            Check(result);
        return number;
    }

    private void Check(int result) => SqliteException.ThrowExceptionForRC(result, _database);
}
