using System.Data.Common;
using System.Globalization;
using LiveChat.Server.Storage.Core;

namespace LiveChat.Server.Storage.Sql;

/// <summary>The reads of a store, on one open connection.</summary>
internal sealed class SqlReads(DbConnection connection, ISqlDialect dialect)
{
    /// <summary>What the core decides on.</summary>
    public async ValueTask<Known?> LoadAsync(Guid conversationId) =>
        await FindKeyedAsync(conversationId) is var (key, conversation) ? new Known(conversation) { Key = key } : null;

    /// <inheritdoc cref="LoadAsync"/>
    public async ValueTask<Known?> LoadActiveAsync(string customerId) =>
        await FindActiveAsync(customerId) is { } found ? new Known(found.Conversation) { Key = found.Key } : null;

    public ValueTask<FoundConversation?> FindWithPositionAsync(Guid conversationId) =>
        FirstAsync(Statements.FindWithPosition, ReadFound, ("@id", dialect.Id(conversationId)));

    public ValueTask<FoundConversation?> FindActiveAsync(string customerId) =>
        FirstAsync(Statements.FindActive, ReadFound, ("@customer", customerId));

    /// <summary>The entry of the log, which must be a message.</summary>
    public async ValueTask<Message> GetMessageAsync(long key, Guid conversationId, long sequence) =>
        await FirstAsync(
            Statements.ReadEntry,
            row => Rows.ReadMessage(row, dialect, conversationId),
            ("@conversation", key),
            ("@sequence", sequence))
        ?? throw new InvalidDataException($"Entry {sequence} of conversation {conversationId} is in an index and not in the log.");

    public ValueTask<LogPage<Message>?> ReadMessagesAsync(Guid conversationId, LogRange range) =>
        ReadLogAsync(conversationId, range, messagesOnly: true, (row, conversation) => Rows.ReadMessage(row, dialect, conversation.Id));

    public ValueTask<LogPage<ConversationEvent>?> ReadEventsAsync(Guid conversationId, LogRange range) =>
        ReadLogAsync(conversationId, range, messagesOnly: false, (row, conversation) => Rows.ReadEvent(row, dialect, conversation));

    public async ValueTask<Counted<QueueEntry>> ReadQueueAsync(long? after, long offset, int count)
    {
        var total = await CountAsync(Statements.CountQueue);
        var before = after is null ? 0 : await CountAsync(Statements.CountBefore, ("@key", after + 1));
        var position = before + offset;
        var entries = await ReadAsync(
            Statements.ReadQueue,
            row => new QueueEntry(
                dialect.ReadId(row, 0),
                new Customer(row.GetString(1), row.StringOrNull(2), row.StringOrNull(3)),
                row.GetString(4),
                row.Time(5),
                (int)++position,
                row.GetInt64(6)),
            ("@after", after ?? 0),
            ("@count", count),
            ("@offset", offset));
        return new Counted<QueueEntry>(entries, total);
    }

    public ValueTask<long> CountQueueAsync() => CountAsync(Statements.CountQueue);

    public async ValueTask<StoreTotals> ReadTotalsAsync()
    {
        await using var snapshot = await dialect.BeginSnapshotAsync(connection);
        var counts = Enum.GetValues<ConversationStatus>().ToDictionary(status => status, _ => 0L);
        foreach (var (status, count) in await ReadAsync(Statements.CountHeldByStatus, row => (SqlValues.Status(row.GetString(0)), row.GetInt64(1))))
            counts[status] = count;
        counts[ConversationStatus.Queued] = await CountQueueAsync();

        // Of the closed ones there are the most: they are what is left.
        counts[ConversationStatus.Closed] = await CountAsync(Statements.CountConversations) - counts.Values.Sum();
        var oldest = await ReadAsync(Statements.OldestQueued, row => row.TimeOrNull(0));
        return new StoreTotals(counts, oldest[0]);
    }

    public ValueTask<long> CountConversationsAsync() => CountAsync(Statements.CountConversations);

    public ValueTask<long> ReadBytesAsync() => CountAsync(dialect.ReadBytes);

    /// <summary>The messages at these positions of the log, the last position of all, and how many messages have none yet.</summary>
    public async ValueTask<(long Messages, long Last, long Pending)> CountMessagesAsync(long after, long until)
    {
        await using var snapshot = await dialect.BeginSnapshotAsync(connection);
        return (
            await CountAsync(Statements.CountMessages, ("@after", after), ("@until", until)),
            await CountAsync(Statements.LastPosition),
            await CountAsync(Statements.CountPending));
    }

    public async ValueTask<IReadOnlyList<Guid>> ReadQueueOrderAsync() =>
        await ReadAsync(Statements.ReadQueueOrder, row => dialect.ReadId(row, 0));

    public async ValueTask<Counted<FoundConversation>> ListAsync(ConversationFilter filter, ConversationOrder order, int count)
    {
        (string, object) agent = ("@agent_id", SqlValues.OrNull(filter.AgentId));
        var items = await ReadAsync(
            Statements.List(filter, order),
            row => Rows.ReadListed(row, dialect),
            agent,
            ("@after_at", SqlValues.TimeOrNull(order.After?.At)),
            ("@after_key", order.After is { } after ? after.Key : DBNull.Value),
            ("@count", count),
            ("@offset", order.Offset));
        return new Counted<FoundConversation>(items, await CountAsync(Statements.CountList(filter), agent));
    }

    public async ValueTask<IReadOnlyList<Candidate>> FindExpiredAsync(ExpiryTimes times, long? after, int count) =>
        await ReadAsync(
            Statements.FindExpired,
            row => new Candidate(dialect.ReadId(row, 0), row.GetInt64(1)),
            ("@queued_before", SqlValues.TimeOrNull(times.QueuedBefore)),
            ("@active_before", SqlValues.TimeOrNull(times.ActiveBefore)),
            ("@created_before", SqlValues.TimeOrNull(times.CreatedBefore)),
            ("@after", after ?? 0),
            ("@count", count));

    public async ValueTask<IReadOnlyList<FoundConversation>> ReadCustomerAsync(string customerId, long after, int count) =>
        await ReadAsync(
            Statements.ReadCustomer,
            row =>
            {
                var (key, conversation) = Rows.ReadConversation(row, dialect);
                return new FoundConversation(conversation, Position: null, key);
            },
            ("@customer", customerId),
            ("@after", after),
            ("@count", count));

    public async ValueTask<IReadOnlyList<HeldConversation>> ReadHeldAsync() =>
        await ReadAsync(Statements.ReadHeld, row => new HeldConversation(dialect.ReadId(row, 0), row.GetString(1)));

    public async ValueTask<IReadOnlyList<Guid>> FindOpenAsync(Participant participant) => await ReadAsync(
        participant.Type is ParticipantType.Customer ? Statements.FindOpenOfCustomer : Statements.FindOpenOfAgent,
        row => dialect.ReadId(row, 0),
        ("@id", participant.Id));

    public async ValueTask<IReadOnlyList<Participant>> ReadWithSocketsAsync() => await ReadAsync(
        Statements.ReadWithSockets,
        row => new Participant(row.GetString(1), SqlValues.Participant(row.GetString(0)), row.StringOrNull(2)));

    public async ValueTask<IReadOnlyList<DateTimeOffset>> ReadRecentAcceptsAsync(int count) =>
        await ReadAsync(Statements.ReadRecentAccepts, row => row.Time(0), ("@count", count));

    /// <summary>The one number that the statement gives; null when it gives no row.</summary>
    public async ValueTask<long?> FindNumberAsync(string sql) => await ReadAsync(sql, row => row.GetInt64(0)) is [var number, ..] ? number : null;

    public ValueTask<long> CountAsync(string sql, params (string, object)[] parameters)
    {
        return CountAsync(connection.Command(sql, parameters));

        static async ValueTask<long> CountAsync(DbCommand command)
        {
            await using (command)
                return Convert.ToInt64(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
        }
    }

    private async ValueTask<LogPage<T>?> ReadLogAsync<T>(
        Guid conversationId,
        LogRange range,
        bool messagesOnly,
        Func<DbDataReader, Conversation, T> map)
        where T : ConversationEvent
    {
        // Both are of one moment: the page is of the conversation as it is given.
        await using var snapshot = await dialect.BeginSnapshotAsync(connection);
        if (await FindKeyedAsync(conversationId) is not var (key, conversation))
            return null;

        // One more than asked for says whether there is more in the direction of reading.
        var newest = range.After is null;
        var items = await ReadAsync(
            Statements.ReadLog(messagesOnly, newest),
            row => map(row, conversation),
            ("@conversation", key),
            ("@after", range.After ?? 0),
            ("@before", range.Before ?? long.MaxValue),
            ("@count", range.Limit + 1));
        var more = items.Count > range.Limit;
        if (more)
            items.RemoveRange(range.Limit, items.Count - range.Limit);
        if (newest)
            items.Reverse();

        // The log has no gap, so only where transitions are left out must the other side be looked at.
        var (first, last) = items.Count > 0 ? (items[0].Sequence, items[^1].Sequence) : (range.Edge, range.Edge - 1);
        return newest
            ? new LogPage<T>(conversation, items, more, range.Before is not null && await IsNewerAsync())
            : new LogPage<T>(conversation, items, await IsOlderAsync(), more);

        async ValueTask<bool> IsOlderAsync() => messagesOnly ? await AnyMessageAsync(key, 0, first) : first > 1;

        async ValueTask<bool> IsNewerAsync() => messagesOnly
            ? await AnyMessageAsync(key, last, long.MaxValue)
            : last < conversation.LastSequence;
    }

    private FoundConversation ReadFound(DbDataReader row) => Rows.ReadFound(row, dialect);

    private async ValueTask<(long Key, Conversation Conversation)?> FindKeyedAsync(Guid conversationId)
    {
        var found = await ReadAsync(
            Statements.FindConversation,
            row => Rows.ReadConversation(row, dialect),
            ("@id", dialect.Id(conversationId)));
        return found.Count > 0 ? found[0] : null;
    }

    private async ValueTask<bool> AnyMessageAsync(long key, long after, long before) =>
        await CountAsync(Statements.AnyMessage, ("@conversation", key), ("@after", after), ("@before", before)) != 0;

    private async ValueTask<T?> FirstAsync<T>(string sql, Func<DbDataReader, T> map, params (string, object)[] parameters)
        where T : class =>
        await ReadAsync(sql, map, parameters) is [var found, ..] ? found : null;

    private async ValueTask<List<T>> ReadAsync<T>(string sql, Func<DbDataReader, T> map, params (string, object)[] parameters)
    {
        await using var command = connection.Command(sql, parameters);
        await using var row = await command.ExecuteReaderAsync();
        var items = new List<T>();
        while (await row.ReadAsync())
            items.Add(map(row));
        return items;
    }
}
