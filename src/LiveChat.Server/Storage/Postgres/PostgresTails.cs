using LiveChat.Server.Storage.Sql;
using Npgsql;

namespace LiveChat.Server.Storage.Postgres;

/// <summary>One round trip, whatever the number of conversations.</summary>
internal sealed class PostgresTails(PostgresDatabase database) : ILogTail
{
    /// <summary>Most have not gone on: of those no more than the projection is looked at.</summary>
    private const string ReadTails = $"""
        SELECT {Rows.Conversation}, {Rows.Event}
        FROM unnest(@ids, @sequences, @customer_reads, @agent_reads) AS a(id, sequence, customer_read, agent_read)
        JOIN conversation c ON c.id = a.id
        LEFT JOIN LATERAL (
            SELECT * FROM conversation_event l WHERE l.conversation = c.key AND l.sequence > a.sequence ORDER BY l.sequence LIMIT @count) e ON true
        WHERE c.last_sequence > a.sequence OR c.customer_read > a.customer_read OR c.agent_read > a.agent_read
        ORDER BY c.key, e.sequence
        """;

    public async Task<TailReport> ReadTailsAsync(
        IReadOnlyCollection<LogPosition> positions,
        IReadOnlyCollection<string> customers,
        IReadOnlyCollection<string> agents,
        int count,
        CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await database.OpenAsync(cancellationToken);
            await using var batch = new NpgsqlBatch(connection);
            batch.Add(
                ReadTails,
                ("@ids", positions.Select(position => position.ConversationId).ToArray()),
                ("@sequences", positions.Select(position => position.Sequence).ToArray()),
                ("@customer_reads", positions.Select(position => position.Read.Customer).ToArray()),
                ("@agent_reads", positions.Select(position => position.Read.Agent).ToArray()),
                ("@count", count));
            batch.Add(PostgresStatements.LoadActive, ("@customers", customers.ToArray()));
            batch.Add(PostgresStatements.LoadHeld, ("@agents", agents.ToArray()));

            var tails = new List<(Conversation Conversation, List<ConversationEvent> Entries)>();
            await using var row = await batch.ExecuteReaderAsync(cancellationToken);
            while (await row.ReadAsync(cancellationToken))
            {
                var (_, conversation) = Rows.ReadConversation(row, PostgresDialect.Instance);
                if (tails.Count == 0 || tails[^1].Conversation.Id != conversation.Id)
                    tails.Add((conversation, []));
                if (!row.IsDBNull(Rows.ConversationWidth))
                    tails[^1].Entries.Add(Rows.ReadEvent(row, PostgresDialect.Instance, tails[^1].Conversation, Rows.ConversationWidth));
            }

            var active = await ReadNextAsync(row, cancellationToken);
            var held = await ReadNextAsync(row, cancellationToken);
            return new TailReport([.. tails.Select(tail => new LogTail(tail.Conversation, tail.Entries))], active, held);
        }
        catch (Exception exception) when (PostgresErrors.IsOfDatabase(exception))
        {
            throw new ChatException(ChatError.Unavailable, exception);
        }
    }

    private static async ValueTask<List<Conversation>> ReadNextAsync(NpgsqlDataReader row, CancellationToken cancellationToken)
    {
        var conversations = new List<Conversation>();
        await row.NextResultAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            conversations.Add(Rows.ReadConversation(row, PostgresDialect.Instance).Conversation);
        return conversations;
    }
}
