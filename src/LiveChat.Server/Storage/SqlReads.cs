using System.Data.Common;
using System.Globalization;

namespace LiveChat.Server.Storage;

/// <summary>The reads of a store, on one open connection.</summary>
internal sealed class SqlReads(DbConnection connection, ISqlDialect dialect)
{
    public Conversation? Find(Guid conversationId) =>
        FirstPlaced(Statements.FindConversation, ("@id", dialect.Id(conversationId)));

    public Conversation? FindActive(string customerId) =>
        FirstPlaced(Statements.FindActive, ("@customer", customerId));

    /// <param name="conversationId">Of which there may be none.</param>
    /// <param name="unfiled">The end of the log, as far as it is not in the table yet; asked for before the table was.</param>
    /// <param name="range">Which part.</param>
    /// <param name="messagesOnly">Leaves out transitions.</param>
    /// <param name="map">What a row is.</param>
    public LogPage<T> ReadLog<T>(
        Guid conversationId,
        IReadOnlyList<Message> unfiled,
        LogRange range,
        bool messagesOnly,
        Func<DbDataReader, Conversation, T> map)
        where T : ConversationEvent
    {
        var found = Read(
            Statements.LoadConversation,
            row => Rows.ReadConversation(row, dialect),
            ("@id", dialect.Id(conversationId)));
        if (found is not [var (key, conversation)])
            return new LogPage<T>([], HasOlder: false, HasNewer: false);

        // One more than asked for says whether there is more in the direction of reading.
        var newest = range.After is null;
        var items = Read(
            Statements.ReadLog(messagesOnly, newest),
            row => map(row, conversation),
            ("@conversation", key),
            ("@after", range.After ?? 0),
            ("@before", range.Before ?? long.MaxValue),
            ("@count", range.Limit + 1));
        AddUnfiled();
        var more = items.Count > range.Limit;
        if (more)
            items.RemoveRange(range.Limit, items.Count - range.Limit);
        if (newest)
            items.Reverse();

        // The log has no gap, so only where transitions are left out must the other side be looked at.
        var (first, last) = items.Count > 0 ? (items[0].Sequence, items[^1].Sequence) : (range.Edge, range.Edge - 1);
        return newest
            ? new LogPage<T>(items, more, range.Before is not null && Newer())
            : new LogPage<T>(items, Older(), more);

        bool Older() => messagesOnly
            ? AnyMessage(key, 0, first) || unfiled.Any(message => message.Sequence < first)
            : first > 1;

        bool Newer() => unfiled.Any(message => message.Sequence > last) || (messagesOnly
            ? AnyMessage(key, last, long.MaxValue)
            : last < conversation.LastSequence);

        void AddUnfiled()
        {
            var filed = items.Count == 0 ? 0 : newest ? items[0].Sequence : items[^1].Sequence;
            var added = unfiled
                .Where(message => message.Sequence > Math.Max(filed, range.After ?? 0) && message.Sequence < (range.Before ?? long.MaxValue))
                .Select(message => (T)(ConversationEvent)message);
            if (newest)
                items.InsertRange(0, added.Reverse());
            else
                items.AddRange(added);
        }
    }

    public Counted<QueueEntry> ReadQueue(long offset, int count)
    {
        var position = offset;
        var entries = Read(
            Statements.ReadQueue,
            row => new QueueEntry(
                dialect.ReadId(row, 0),
                new Customer(row.GetString(1), row.StringOrNull(2), row.StringOrNull(3)),
                row.GetString(4),
                row.Time(5),
                (int)++position),
            ("@count", count),
            ("@offset", offset));
        return new Counted<QueueEntry>(entries, CountQueue());
    }

    public long CountQueue() => Count(Statements.CountQueue);

    public IReadOnlyList<Guid> ReadQueueOrder(int count) => ReadIds(Statements.ReadQueueOrder, ("@count", count));

    public Counted<Conversation> List(ConversationFilter filter, long offset, int count)
    {
        (string, object) agent = ("@agent_id", SqlValues.OrNull(filter.AgentId));
        var items = Read(
            Statements.List(filter),
            row => Rows.ReadPlaced(row, dialect),
            agent,
            ("@count", count),
            ("@offset", offset));
        return new Counted<Conversation>(items, Count(Statements.CountList(filter), agent));
    }

    public IReadOnlyList<Guid> FindExpired(ExpiryTimes times, int count) =>
        ReadIds(
            Statements.FindExpired,
            ("@queued_before", SqlValues.Time(times.QueuedBefore)),
            ("@active_before", SqlValues.Time(times.ActiveBefore)),
            ("@created_before", SqlValues.Time(times.CreatedBefore)),
            ("@count", count));

    public IReadOnlyList<CustomerConversation> ReadCustomer(string customerId, long after, int count) =>
        Read(
            Statements.ReadCustomer,
            row =>
            {
                var (key, conversation) = Rows.ReadConversation(row, dialect);
                return new CustomerConversation(key, conversation, row.StringOrNull(Rows.ConversationWidth));
            },
            ("@customer", customerId),
            ("@after", after),
            ("@count", count));

    public IReadOnlyList<HeldConversation> ReadHeld()
    {
        return Read(Statements.ReadHeld, row => new HeldConversation(dialect.ReadId(row, 0), row.GetString(1)));
    }

    public IReadOnlyList<Guid> FindOpen(Participant participant) => ReadIds(
        participant.Type is ParticipantType.Customer ? Statements.FindOpenOfCustomer : Statements.FindOpenOfAgent,
        ("@id", participant.Id));

    public IReadOnlyList<Participant> ReadWithSockets() => Read(
        Statements.ReadWithSockets,
        row => new Participant(row.GetString(1), SqlValues.Participant(row.GetString(0)), row.StringOrNull(2)));

    public IReadOnlyList<DateTimeOffset> ReadRecentAccepts(int count) =>
        Read(Statements.ReadRecentAccepts, row => row.Time(0), ("@count", count));

    private Conversation? FirstPlaced(string sql, params ReadOnlySpan<(string, object)> parameters)
    {
        return Read(sql, row => Rows.ReadPlaced(row, dialect), parameters) is [var found, ..] ? found : null;
    }

    private List<Guid> ReadIds(string sql, params ReadOnlySpan<(string, object)> parameters)
    {
        return Read(sql, row => dialect.ReadId(row, 0), parameters);
    }

    private bool AnyMessage(long key, long after, long before)
    {
        using var command = connection.Command(
            Statements.AnyMessage,
            ("@conversation", key),
            ("@after", after),
            ("@before", before));
        return Convert.ToBoolean(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    private long Count(string sql, params ReadOnlySpan<(string, object)> parameters)
    {
        using var command = connection.Command(sql, parameters);
        return (long)command.ExecuteScalar()!;
    }

    private List<T> Read<T>(string sql, Func<DbDataReader, T> map, params ReadOnlySpan<(string, object)> parameters)
    {
        using var command = connection.Command(sql, parameters);
        using var row = command.ExecuteReader();
        var items = new List<T>();
        while (row.Read())
            items.Add(map(row));
        return items;
    }
}
