using System.Data.Common;
using LiveChat.Server.Storage.Sql;
using Npgsql;

namespace LiveChat.Server.Storage.Postgres;

/// <summary>Presence in the database: it holds while whatever carries messages between servers is dead, stalled or emptied.</summary>
internal sealed class PostgresPresence(PostgresDatabase database) : ISharedPresence
{
    private const string Now = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint";

    private const string Beat = "INSERT INTO server AS s (node, beat) VALUES (@node, 1) ON CONFLICT (node) DO UPDATE SET beat = s.beat + 1 RETURNING beat";

    private const string Bury = "DELETE FROM server s USING unnest(@nodes, @beats) AS d(node, beat) WHERE s.node = d.node AND s.beat = d.beat";

    /// <summary>Of servers that are no more, also of one that said something after it was found dead and has not beaten since.</summary>
    private const string TakeAway = $"UPDATE presence SET gone_at = {Now} WHERE gone_at IS NULL AND node NOT IN (SELECT node FROM server)";

    private const string Come = """
        INSERT INTO presence (kind, id, node) SELECT kind, id, @node FROM unnest(@kinds, @ids) AS p(kind, id) ORDER BY kind, id
        ON CONFLICT (kind, id, node) DO UPDATE SET gone_at = NULL
        """;

    /// <summary>Also of who came and went between two beats.</summary>
    private const string Go = $"""
        INSERT INTO presence AS p (kind, id, node, gone_at) SELECT kind, id, @node, {Now} FROM unnest(@kinds, @ids) AS g(kind, id) ORDER BY kind, id
        ON CONFLICT (kind, id, node) DO UPDATE SET gone_at = excluded.gone_at WHERE p.gone_at IS NULL
        """;

    private const string SeeAgents = $"""
        INSERT INTO agent_seen (id, at) SELECT id, {Now} FROM unnest(@ids) AS a(id) ORDER BY id ON CONFLICT (id) DO UPDATE SET at = excluded.at
        """;

    /// <summary>Whoever has had no socket for the grace is told to be away, by the one server that takes the rows.</summary>
    private const string TellGone = $"""
        WITH gone AS (
            DELETE FROM presence p WHERE p.gone_at <= {Now} - @grace AND NOT EXISTS (
                SELECT 1 FROM presence q WHERE q.kind = p.kind AND q.id = p.id AND (q.gone_at IS NULL OR q.gone_at > {Now} - @grace))
            RETURNING p.kind, p.id, p.gone_at),
        seen AS (
            INSERT INTO agent_seen (id, at) SELECT id, max(gone_at) FROM gone WHERE kind = 'AGENT' GROUP BY id ORDER BY id
            ON CONFLICT (id) DO UPDATE SET at = greatest(agent_seen.at, excluded.at))
        INSERT INTO presence_told AS t (kind, id, is_present, at)
        SELECT DISTINCT kind, id, false, {Now} FROM gone ORDER BY kind, id
        ON CONFLICT (kind, id) DO UPDATE SET is_present = false, at = excluded.at WHERE t.is_present
        """;

    /// <summary>Whatever came first: the socket that is there, or that it was told to be away.</summary>
    private const string TellBack = $"""
        UPDATE presence_told t SET is_present = true, at = {Now}
        WHERE NOT t.is_present AND EXISTS (SELECT 1 FROM presence p WHERE p.kind = t.kind AND p.id = t.id AND p.gone_at IS NULL)
        """;

    private const string ReadServers = "SELECT node, beat FROM server";

    private const string ReadTold = "SELECT kind, id, is_present, at FROM presence_told WHERE at > @since";

    private const string ReadAgents = $"""
        SELECT EXISTS (SELECT 1 FROM presence WHERE kind = 'AGENT' AND gone_at IS NULL)
            OR EXISTS (SELECT 1 FROM agent_seen WHERE at > {Now} - @seen_for), {Now}
        """;

    private const string FindGone = $"""
        SELECT a.id FROM unnest(@ids) AS a(id)
        WHERE NOT EXISTS (SELECT 1 FROM presence p WHERE p.kind = 'AGENT' AND p.id = a.id AND (p.gone_at IS NULL OR p.gone_at > {Now} - @for))
          AND NOT EXISTS (SELECT 1 FROM agent_seen s WHERE s.id = a.id AND s.at > {Now} - @for)
        """;

    private const string Leave = $"UPDATE presence SET gone_at = {Now} WHERE node = @node AND gone_at IS NULL";

    private const string Unlist = "DELETE FROM server WHERE node = @node";

    private const string ForgetTold = $"DELETE FROM presence_told WHERE at < {Now} - @ago";

    private const string ForgetSeen = $"DELETE FROM agent_seen WHERE at < {Now} - @ago";

    public async Task<PresenceReport> BeatAsync(PresenceBeat beat, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(Beat, ("@node", beat.Server));
        if (beat.Dead.Count > 0)
            batch.Add(Bury, ("@nodes", beat.Dead.Select(dead => dead.Server).ToArray()), ("@beats", beat.Dead.Select(dead => dead.Count).ToArray()));
        batch.Add(TakeAway);
        if (beat.Present.Count > 0)
            batch.Add(Come, [.. Arrays(beat.Present), ("@node", beat.Server)]);
        if (beat.Gone.Count > 0)
            batch.Add(Go, [.. Arrays(beat.Gone), ("@node", beat.Server)]);
        if (beat.Seen.Count > 0)
            batch.Add(SeeAgents, ("@ids", beat.Seen.ToArray()));
        batch.Add(TellGone, ("@grace", (long)beat.Grace.TotalMilliseconds));
        batch.Add(TellBack);
        batch.Add(ReadServers);
        batch.Add(ReadTold, ("@since", beat.ToldSince is { } since ? SqlValues.Time(since) : 0L));
        batch.Add(ReadAgents, ("@seen_for", (long)beat.SeenFor.TotalMilliseconds));

        // What gives no rows has no result of its own.
        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        var count = await ReadAllAsync(row, r => r.GetInt64(0), cancellationToken);
        var servers = await ReadAllAsync(row, r => new ServerBeat(r.GetString(0), r.GetInt64(1)), cancellationToken);
        var told = await ReadAllAsync(row, r => new ToldPresence(Key(r), r.GetBoolean(2), r.Time(3)), cancellationToken);
        var agents = await ReadAllAsync(row, r => (IsAny: r.GetBoolean(0), At: r.Time(1)), cancellationToken);
        return new PresenceReport(count[0], servers, told, agents[0].IsAny, agents[0].At);
    }

    public async Task<IReadOnlySet<string>> FindGoneAsync(IReadOnlyCollection<string> agentIds, TimeSpan forAtLeast, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var command = connection.Command(FindGone, ("@ids", agentIds.ToArray()), ("@for", (long)forAtLeast.TotalMilliseconds));
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return (await ReadAllAsync(row, r => r.GetString(0), cancellationToken)).ToHashSet();
    }

    public async Task ForgetAsync(TimeSpan ago, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(ForgetTold, ("@ago", (long)ago.TotalMilliseconds));
        batch.Add(ForgetSeen, ("@ago", (long)ago.TotalMilliseconds));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    public async Task LeaveAsync(string server, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(Leave, ("@node", server));
        batch.Add(Unlist, ("@node", server));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    private static (string, object)[] Arrays(IReadOnlyCollection<ParticipantKey> participants) =>
    [
        ("@kinds", participants.Select(participant => SqlValues.Word(participant.Type)).ToArray()),
        ("@ids", participants.Select(participant => participant.Id).ToArray()),
    ];

    private static ParticipantKey Key(DbDataReader row) => new(SqlValues.Participant(row.GetString(0)), row.GetString(1));

    private static async ValueTask<List<T>> ReadAllAsync<T>(DbDataReader row, Func<DbDataReader, T> map, CancellationToken cancellationToken)
    {
        var items = new List<T>();
        while (await row.ReadAsync(cancellationToken))
            items.Add(map(row));
        await row.NextResultAsync(cancellationToken);
        return items;
    }
}
