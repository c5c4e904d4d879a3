using System.Data;
using System.Data.Common;
using System.Diagnostics;
using LiveChat.Server.Storage.Core;
using LiveChat.Server.Storage.Sql;
using Npgsql;

namespace LiveChat.Server.Storage.Postgres;

/// <summary>
/// One connection that writes, beside those of this server's other lanes and of other servers. A batch is one round trip. Used by one thread,
/// which waits for the database: the driver's calls that block cost less than those that come back on another thread.
/// </summary>
internal sealed class PostgresEngine(PostgresDatabase database) : IStoreEngine
{
    /// <summary>A connection that has been silent for longer may be dead without its having shown.</summary>
    private static readonly TimeSpan Silent = TimeSpan.FromMilliseconds(100);

    private NpgsqlConnection? _connection;
    private long _usedAt;

    public bool IsShared => true;

    public string? Fault => null;

    public TimeSpan? MaintenanceDue => null;

    public ValueTask<IReadOnlyList<Known>> LoadAsync(IReadOnlyCollection<Guid> ids, IReadOnlyCollection<string> activeOf) =>
        ValueTask.FromResult<IReadOnlyList<Known>>(Run<Known[]>(writing: false, connection =>
        {
            using var batch = new NpgsqlBatch(connection);
            if (ids.Count > 0)
                batch.Add(PostgresStatements.LoadById, ("@ids", ids.ToArray()));
            if (activeOf.Count > 0)
                batch.Add(PostgresStatements.LoadActive, ("@customers", activeOf.ToArray()));

            var loaded = new Dictionary<long, Known>();
            using var row = batch.ExecuteReader();
            do
            {
                while (row.Read())
                {
                    var known = ReadKnown(row);
                    loaded[known.Key!.Value] = known;
                }
            }
            while (row.NextResult());
            return [.. loaded.Values];
        }));

    public ValueTask<IReadOnlyList<Facts>> ReadFactsAsync(IReadOnlyList<FactQuestion> questions) =>
        ValueTask.FromResult(Run(writing: false, connection => FactReading.Run(connection, questions)));

    public ValueTask<IReadOnlyList<Lost>?> WriteAsync(IReadOnlyList<Change> changes, Func<bool> begin)
    {
        // Before it is asked: what cannot be reached is known not to be written.
        if (_connection is null || Stopwatch.GetElapsedTime(_usedAt) > Silent)
            Run(writing: false, connection => connection.Execute("SELECT 1"));
        return ValueTask.FromResult(begin() ? Run(writing: true, connection => BatchWriting.Run(connection, changes)) : null);
    }

    public ValueTask<bool> IsWrittenAsync(ConversationEvent entry) => ValueTask.FromResult(Run(writing: false, connection =>
    {
        using var command = connection.Command(
            PostgresStatements.FindEntry,
            ("@id", entry.ConversationId),
            ("@sequence", entry.Sequence),
            ("@kind", entry.Match(static _ => SqlValues.MessageWord, static transition => SqlValues.Word(transition.Kind))),
            ("@message_id", entry is Message message ? message.Id : Guid.Empty),
            ("@created_at", SqlValues.Time(entry.Timestamp)));
        return command.ExecuteScalar() is not null;
    }));

    /// <summary>Whatever it does can be done again, so it may have been done when it is interrupted.</summary>
    public T RunAlone<T>(Func<DbConnection, T> work) => Run(writing: false, connection =>
    {
        using var transaction = connection.BeginTransaction();
        var result = work(connection);
        transaction.Commit();
        return result;
    });

    /// <summary>What was overwritten is PostgreSQL's to clear away, by its vacuum.</summary>
    public bool TryEmptyLog() => true;

    public void Maintain()
    {
    }

    public void Dispose() => Close();

    internal static Known ReadKnown(DbDataReader row)
    {
        var (key, conversation) = Rows.ReadConversation(row, PostgresDialect.Instance);
        return new Known(conversation) { Key = key };
    }

    private void Close()
    {
        _connection?.Dispose();
        _connection = null;
    }

    private T Run<T>(bool writing, Func<NpgsqlConnection, T> work)
    {
        try
        {
            // The driver's own look at a silent connection may have found it dead.
            if (_connection is { State: not ConnectionState.Open })
                Close();
            var result = work(_connection ??= database.Open());
            _usedAt = Stopwatch.GetTimestamp();
            return result;
        }
        catch (Exception exception)
        {
            var fault = PostgresErrors.Translate(exception, writing && _connection is not null);
            if (ReferenceEquals(fault, exception) && _connection is { State: not ConnectionState.Open })
                fault = new StoreInterruptedException(exception, writing);

            // Whatever state it is in.
            if (fault is StoreInterruptedException)
                Close();

            if (ReferenceEquals(fault, exception))
                throw;
            throw fault;
        }
    }
}
