using LiveChat.Server.Realtime;
using Microsoft.Data.Sqlite;
using Microsoft.Win32.SafeHandles;

namespace LiveChat.Server.Storage.Sqlite;

/// <summary>
/// The embedded store: one file, one writer with group commit, readers beside it. Reads run on the thread pool: most take
/// microseconds from the page cache, but one that needs the disk must not hold up the thread that serves other connections.
/// </summary>
internal sealed class SqliteChatStore : IChatStore, IAsyncDisposable
{
    /// <summary>Reads at one time. They take microseconds, so more wait for their turn rather than for more threads.</summary>
    private const int MostReaders = 64;

    /// <summary>Who asks whether the store is well is to be answered while it is not, and before the probe gives up.</summary>
    private static readonly TimeSpan TrialTimeout = TimeSpan.FromSeconds(1);

    private readonly SqliteDatabase _database;
    private readonly SqliteWriter _writer;
    private readonly SqlRemoval _removal;
    private readonly SqlitePurge _purge;
    private readonly WriteQueue _writes;
    private readonly TimeSpan _stopWithin;
    private readonly TimeSpan _readTimeout;
    private readonly SemaphoreSlim _readers = new(MostReaders);

    // Guarded by _gate: the write by which it is found whether the store that failed is well again.
    private readonly Lock _gate = new();
    private Task _trial = Task.CompletedTask;

    public SqliteChatStore(
        SqliteDatabase database,
        IEventBus bus,
        WorkGroups groups,
        StorageOptions options,
        TimeSpan stopWithin,
        ILogger<SqliteChatStore> log,
        JournalLimits? journal = null,
        Action<SafeFileHandle>? sync = null)
    {
        (_database, _stopWithin, _readTimeout) = (database, stopWithin, options.WriteTimeout);
        var connection = database.OpenWriter(options.WriteTimeout, sync ?? DiskSync.Flush);
        _writer = Recover(connection, journal ?? JournalLimits.Default, log);
        _purge = new SqlitePurge(database, options, log);
        _removal = new SqlRemoval(connection, SqliteDialect.Instance);

        // In the real time, like the disk, whatever clock the product is given: days that are skipped are not days that it hangs.
        _writes = new WriteQueue(_writer, SqliteErrors.Translate, bus, groups, options.WriteTimeout, TimeProvider.System, log);
    }

    public Task<Decision> StartAsync(StartConversation start, CancellationToken cancellationToken) =>
        _writes.RunAsync(() => _writer.Start(start), cancellationToken);

    // 3 The append: the command decides and its entries are written in the transaction of the batch that it shares.
    public Task<Decision> ApplyAsync(ConversationCommand command, CancellationToken cancellationToken) =>
        _writes.RunAsync(() => _writer.Apply(command), cancellationToken);

    // What is durable and not filed yet is asked for before the tables are: what is filed in between is then found in both.
    public Task<Conversation?> FindAsync(Guid conversationId, CancellationToken cancellationToken) =>
        ReadAsync(
            session =>
            {
                var unfiled = _writer.Unfiled.Of(conversationId);
                return session.Find(conversationId)?.GrownBy(unfiled is [.., var newest] ? newest : null);
            },
            cancellationToken);

    public Task<Conversation?> FindActiveAsync(string customerId, CancellationToken cancellationToken) =>
        ReadAsync(
            session =>
            {
                var newest = _writer.Unfiled.Newest();
                return session.FindActive(customerId) is { } found ? found.GrownBy(newest.GetValueOrDefault(found.Id)) : null;
            },
            cancellationToken);

    public Task<LogPage<Message>> ReadMessagesAsync(Guid conversationId, LogRange range, CancellationToken cancellationToken) =>
        ReadAsync(
            session => session.ReadLog(
                conversationId,
                _writer.Unfiled.Of(conversationId),
                range,
                messagesOnly: true,
                (row, conversation) => Rows.ReadMessage(row, SqliteDialect.Instance, conversation.Id)),
            cancellationToken);

    public Task<LogPage<ConversationEvent>> ReadEventsAsync(Guid conversationId, LogRange range, CancellationToken cancellationToken) =>
        ReadAsync(
            session => session.ReadLog(
                conversationId,
                _writer.Unfiled.Of(conversationId),
                range,
                messagesOnly: false,
                (row, conversation) => Rows.ReadEvent(row, SqliteDialect.Instance, conversation)),
            cancellationToken);

    public Task<Counted<QueueEntry>> ReadQueueAsync(long offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(session => session.ReadQueue(offset, count), cancellationToken);

    public Task<IReadOnlyList<Guid>> ReadQueueOrderAsync(int count, CancellationToken cancellationToken) =>
        ReadAsync(session => session.ReadQueueOrder(count), cancellationToken);

    public Task<Counted<Conversation>> ListAsync(
        ConversationFilter filter,
        long offset,
        int count,
        CancellationToken cancellationToken) =>
        ReadAsync(
            session =>
            {
                var newest = _writer.Unfiled.Newest();
                var (items, total) = session.List(filter, offset, count);

                // The page is in order, as far as it goes: whose message is not filed may belong to a page before it.
                var grown = items.Select(item => item.GrownBy(newest.GetValueOrDefault(item.Id))).OrderByDescending(item => item.UpdatedAt);
                return new Counted<Conversation>([.. grown], total);
            },
            cancellationToken);

    public Task<IReadOnlyList<Guid>> FindExpiredAsync(ExpiryTimes times, int count, CancellationToken cancellationToken) =>
        ReadAsync(session => session.FindExpired(times, count), cancellationToken);

    public Task<IReadOnlyList<HeldConversation>> ReadHeldAsync(CancellationToken cancellationToken) =>
        ReadAsync(session => session.ReadHeld(), cancellationToken);

    public Task<IReadOnlyList<Guid>> FindOpenAsync(Participant participant, CancellationToken cancellationToken) =>
        ReadAsync(session => session.FindOpen(participant), cancellationToken);

    public Task NoteSocketAsync(Guid conversationId, Participant participant, CancellationToken cancellationToken) =>
        _writes.RunAsync(() => _writer.NoteSocket(conversationId, participant), cancellationToken);

    public Task<IReadOnlyList<Participant>> ReadWithSocketsAsync(CancellationToken cancellationToken) =>
        ReadAsync(session => session.ReadWithSockets(), cancellationToken);

    public Task<IReadOnlyList<DateTimeOffset>> ReadRecentAcceptsAsync(int count, CancellationToken cancellationToken) =>
        ReadAsync(session => session.ReadRecentAccepts(count), cancellationToken);

    public Task<IReadOnlyList<CustomerConversation>> ReadCustomerAsync(
        string customerId,
        long after,
        int count,
        CancellationToken cancellationToken) =>
        ReadAsync(
            session =>
            {
                var newest = _writer.Unfiled.Newest();
                return (IReadOnlyList<CustomerConversation>)[.. session.ReadCustomer(customerId, after, count).Select(item =>
                    item with { Conversation = item.Conversation.GrownBy(newest.GetValueOrDefault(item.Conversation.Id)) })];
            },
            cancellationToken);

    public async Task<Erasure> EraseAsync(Guid conversationId, string customerId, CancellationToken cancellationToken)
    {
        var messages = 0L;
        for (long? next = 0; next is { } after;)
        {
            var part = await RemoveAsync(removal => removal.Erase(conversationId, customerId, after), cancellationToken);
            messages += part.Messages;
            if (part.Finished)
                return new Erasure(1, messages);
            next = part.Next;
        }

        return new Erasure(0, messages);
    }

    // It opens files: not on the thread that has answered the erasure.
    public Task PurgeAsync(CancellationToken cancellationToken) => Task.Run(() => _purge.RunAsync(cancellationToken), cancellationToken);

    public async Task<int> RemoveClosedAsync(DateTimeOffset closedBefore, int count, CancellationToken cancellationToken)
    {
        var removed = 0;
        while (removed < count)
        {
            var part = await RemoveAsync(removal => removal.RemoveClosed(closedBefore), cancellationToken);
            if (part is RemovedPart.None)
                break;
            if (part is RemovedPart.Last)
                removed++;
        }

        return removed;
    }

    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        await ReadAsync(session => session.CountQueue(), cancellationToken);
        if (!_writes.IsFailing)
            return;

        // One at a time, and without end if the store hangs: whoever asks meanwhile has waited for long enough.
        Task trial;
        lock (_gate)
            trial = _trial = _trial.IsCompleted ? _writes.RunAsync(_writer.WriteTrial, CancellationToken.None) : _trial;
        try
        {
            await trial.WaitAsync(TrialTimeout, TimeProvider.System, cancellationToken);
        }
        catch (TimeoutException exception)
        {
            throw new ChatException(ChatError.Unavailable, exception);
        }
    }

    public async ValueTask DisposeAsync()
    {
        // A writer that hangs is left to the end of the process; nothing that it still holds was acknowledged.
        if (await _writes.StopAsync(_stopWithin))
            _writer.Dispose();
        _database.Dispose();
    }

    private SqliteWriter Recover(SqliteConnection connection, JournalLimits journal, ILogger log)
    {
        try
        {
            var writer = new SqliteWriter(connection, journal);
            if (writer.Recovered > 0)
                StoreLog.Recovered(log, writer.Recovered);
            return writer;
        }
        catch (Exception exception) when (exception is SqliteException or InvalidDataException)
        {
            connection.Dispose();
            throw new StartException($"The database {_database.Path} cannot be recovered: {exception.Message}", exception);
        }
    }

    private Task<T> RemoveAsync<T>(Func<SqlRemoval, T> remove, CancellationToken cancellationToken) => _writes.RunAsync(
        () =>
        {
            _writer.MakeWay();
            return remove(_removal);
        },
        cancellationToken);

    private async Task<T> ReadAsync<T>(Func<SqlReads, T> read, CancellationToken cancellationToken)
    {
        // In the real time, like the writer's limit. A read that hangs keeps its place and its thread; its caller is not kept.
        if (!await _readers.WaitAsync(_readTimeout, cancellationToken))
            throw new ChatException(ChatError.Unavailable);
        try
        {
            return await Task.Run(() => Read(read), CancellationToken.None).WaitAsync(_readTimeout, TimeProvider.System, cancellationToken);
        }
        catch (TimeoutException exception)
        {
            throw new ChatException(ChatError.Unavailable, exception);
        }
    }

    private T Read<T>(Func<SqlReads, T> read)
    {
        try
        {
            using var connection = _database.OpenReader();
            return read(new SqlReads(connection, SqliteDialect.Instance));
        }
        catch (SqliteException exception)
        {
            throw SqliteErrors.Translate(exception);
        }
        finally
        {
            _readers.Release();
        }
    }
}
