using LiveChat.Server.Storage.Core;

namespace LiveChat.Server.Storage.Postgres;

/// <summary>
/// How many messages there are: counted while the log is small, else estimated by what PostgreSQL knows of the table since it last looked at
/// it, because other servers write to it too and counting it would read all of it. Thread-safe.
/// </summary>
internal sealed class PostgresMessageCount(IStoreReaders readers) : IMessageCount
{
    private const long Small = 64 * 1024 * 1024;

    private const string Count = "SELECT count(*) FROM conversation_event WHERE kind = 'MESSAGE'";

    private const string Estimate = """
        SELECT (t.reltuples * coalesce((
            SELECT s.most_common_freqs[array_position(s.most_common_vals::text::text[], 'MESSAGE')]
            FROM pg_stats s WHERE s.schemaname = current_schema() AND s.tablename = 'conversation_event' AND s.attname = 'kind'), 1))::bigint
        FROM pg_class t WHERE t.oid = 'conversation_event'::regclass AND t.reltuples >= 0 AND pg_relation_size(t.oid) > 
        """;

    public async Task<long> ReadAsync(CancellationToken cancellationToken) => await readers.ReadAsync(
        async reads => await reads.FindNumberAsync(Estimate + Small) ?? await reads.CountAsync(Count),
        cancellationToken);

    public void Forget()
    {
    }
}
