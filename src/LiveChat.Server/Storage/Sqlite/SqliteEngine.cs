using System.Data.Common;
using LiveChat.Server.Storage.Core;
using LiveChat.Server.Storage.Sql;
using Microsoft.Data.Sqlite;

namespace LiveChat.Server.Storage.Sqlite;

/// <summary>
/// The one connection that writes to the file, and what must be done with the file now and then: pending messages are moved to the log, and the
/// write-ahead log is copied.
/// </summary>
internal sealed class SqliteEngine : IStoreEngine
{
    private readonly SqliteDatabase _database;
    private readonly SqliteReaders _readers;
    private readonly SqliteCheckpoints _checkpoints;
    private readonly PendingLimits _limits;
    private readonly TimeSpan _wait;
    private readonly ILogger _log;
    private Session? _session;

    /// <param name="database">The file; disposed of with this.</param>
    /// <param name="readers">Those beside it.</param>
    /// <param name="wait">How long a write may wait for another process that writes.</param>
    /// <param name="limits">When messages are left pending, and for how long.</param>
    /// <param name="checkpoints">When the write-ahead log is copied to the file.</param>
    /// <param name="log">Where the operator is told.</param>
    /// <exception cref="StartException">What a server that was cut off has left cannot be put in its place.</exception>
    public SqliteEngine(SqliteDatabase database, SqliteReaders readers, TimeSpan wait, PendingLimits limits, SqliteCheckpoints checkpoints, ILogger log)
    {
        (_database, _readers, _wait, _limits, _checkpoints, _log) = (database, readers, wait, limits, checkpoints, log);
        try
        {
            _session = Open();
        }
        catch (Exception exception) when (exception is SqliteException or InvalidDataException)
        {
            throw new StartException($"The database {database.Path} cannot be recovered: {exception.Message}", exception);
        }
    }

    /// <summary>The file is held by one server.</summary>
    public bool IsShared => false;

    public string? Fault => _checkpoints.Fault;

    public TimeSpan? MaintenanceDue => Earlier(_session?.Writer.Pending.Due(_limits), _checkpoints.Due);

    public ValueTask<IReadOnlyList<Known>> LoadAsync(IReadOnlyCollection<Guid> ids, IReadOnlyCollection<string> activeOf) =>
        TranslatedAsync<IReadOnlyList<Known>>(async session =>
        {
            var loaded = new List<Known>(ids.Count + activeOf.Count);
            foreach (var id in ids)
            {
                if (await session.Reads.LoadAsync(id) is { } known)
                    loaded.Add(known);
            }

            foreach (var customer in activeOf)
            {
                if (await session.Reads.LoadActiveAsync(customer) is { } known && loaded.TrueForAll(other => other.Key != known.Key))
                    loaded.Add(known);
            }

            return loaded;
        });

    public ValueTask<IReadOnlyList<Facts>> ReadFactsAsync(IReadOnlyList<FactQuestion> questions) =>
        TranslatedAsync<IReadOnlyList<Facts>>(async session =>
        {
            var answers = new Facts[questions.Count];
            for (var i = 0; i < answers.Length; i++)
            {
                answers[i] = new Facts(
                    Sent: questions[i] is { Needed.Sent: { } sent, Key: { } key } ? await session.FindSentAsync(key, questions[i].ConversationId, sent) : null,
                    Held: questions[i].Needed.HeldBy is { } agent ? session.Writer.CountHeld(agent) : 0,
                    Position: questions[i].Needed.Position ? 1 + session.Writer.CountBefore(questions[i].Key ?? long.MaxValue) : 0);
            }

            return answers;
        });

    public ValueTask<IReadOnlyList<Lost>?> WriteAsync(IReadOnlyList<Change> changes, Func<bool> begin)
    {
        if (_checkpoints.IsLogFull)
            throw new ChatException(ChatError.Unavailable);

        return ValueTask.FromResult(Translated(session => session.Writer.Transact<IReadOnlyList<Lost>?>(() =>
        {
            if (!begin())
                return null;

            session.Writer.Write(changes, _limits);
            return [];
        })));
    }

    public ValueTask<bool> IsWrittenAsync(ConversationEvent entry) => throw new NotSupportedException("No write is interrupted.");

    public T RunAlone<T>(Func<DbConnection, T> work) => Translated(session => session.Writer.Transact(() =>
    {
        session.Writer.Pending.MoveToLog();
        return work(session.Connection);
    }));

    public bool TryEmptyLog() => Translated(_ => _checkpoints.TryEmpty());

    public void Maintain()
    {
        try
        {
            var session = _session ??= Open();
            if (session.Writer.Pending.Due(_limits) <= TimeSpan.Zero)
                MoveToLog(session);
            if (_checkpoints.Due <= TimeSpan.Zero && !_checkpoints.TryRun())
                OpenAnew(session);
        }
        catch (Exception exception) when (exception is SqliteException or InvalidDataException)
        {
            _checkpoints.Failed(exception.Message);
        }
    }

    public void Dispose()
    {
        // The last one that closes the file copies the log, which is this.
        _readers.Dispose();
        Close(_session);
        _database.Dispose();
    }

    /// <summary>Opens the connection, and moves what is pending to the log: what a server that was cut off has left, or this one before it opened anew.</summary>
    private Session Open()
    {
        var connection = _database.OpenWriter(_wait);
        SqliteWriter? writer = null;
        try
        {
            writer = new SqliteWriter(connection);
            if (writer.Transact(writer.Pending.MoveToLog) is var recovered and > 0)
                StoreLog.Recovered(_log, recovered);
            _checkpoints.Watch(connection, _wait);
            return new Session(connection, writer, new SqlReads(connection, SqliteDialect.Instance));
        }
        catch
        {
            writer?.Dispose();
            connection.Dispose();
            throw;
        }
    }

    private void Close(Session? session)
    {
        _session = null;
        if (session is null)
            return;

        session.Writer.Dispose();
        if (_checkpoints.Fault is not null)
            SqliteDatabase.KeepLogOnClose(session.Connection);
        session.Connection.Dispose();
    }

    private void MoveToLog(Session session)
    {
        try
        {
            session.Writer.Transact(session.Writer.Pending.MoveToLog);
        }
        catch (SqliteException exception)
        {
            session.Writer.Pending.Postpone();
            StoreLog.NotFiled(_log, exception.Message);
        }
    }

    /// <summary>
    /// After a checkpoint has failed. SQLite counts pages that it has copied as done, although the disk may have lost them when it failed. It
    /// forgets that count, and copies the whole log again, only when nobody has the file open for a moment.
    /// </summary>
    private void OpenAnew(Session session)
    {
        if (!_readers.TryHold(out var hold))
            throw new InvalidDataException("Readers have the file open.");

        using (hold)
        {
            Close(session);
            if (_database.IsOpenElsewhere())
                throw new InvalidDataException("Another process has the file open.");

            _checkpoints.StartOver();
            _session = Open();
        }
    }

    private T Translated<T>(Func<Session, T> work)
    {
        try
        {
            return work(_session ??= Open());
        }
        catch (SqliteException exception)
        {
            throw SqliteErrors.Translate(exception);
        }
    }

    private async ValueTask<T> TranslatedAsync<T>(Func<Session, ValueTask<T>> work)
    {
        try
        {
            return await work(_session ??= Open());
        }
        catch (SqliteException exception)
        {
            throw SqliteErrors.Translate(exception);
        }
    }

    private static TimeSpan? Earlier(TimeSpan? one, TimeSpan? other) => one is null ? other : other is null || one < other ? one : other;

    /// <summary>An open connection, and what is prepared on it.</summary>
    private sealed record Session(SqliteConnection Connection, SqliteWriter Writer, SqlReads Reads)
    {
        public async ValueTask<Message?> FindSentAsync(long key, Guid conversationId, SentMessage sent)
        {
            if (Writer.Pending.Find(key, sent) is { } pending)
                return pending;
            return Writer.FindSent(key, sent) is { } sequence ? await Reads.GetMessageAsync(key, conversationId, sequence) : null;
        }
    }
}
