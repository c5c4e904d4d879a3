using LiveChat.Server.Storage.Core;
using LiveChat.Server.Storage.Sql;
using Npgsql;

namespace LiveChat.Server.Storage.Postgres;

/// <summary>Writes the changes of a batch in one round trip and one transaction: those that are refused are left out, the others are written.</summary>
internal static class BatchWriting
{
    public static IReadOnlyList<Lost> Run(NpgsqlConnection connection, IReadOnlyList<Change> changes)
    {
        var moves = Fold(changes.Where(change => change.Entries.Count > 0));
        var reads = changes.Where(change => change.Entries.Count == 0).GroupBy(change => change.Known).Select(group => group.Last()).ToList();
        var messages = moves.FindAll(move => move is { Before: not null, HasTransitions: false });
        var transitions = moves.FindAll(move => move is { Before: not null, HasTransitions: true });
        var beginnings = moves.FindAll(move => move.Before is null);

        // Locks come in one order, whoever writes: agents, conversations by their keys, and last what is new.
        var lost = new List<Lost>();
        var results = new List<Action<NpgsqlDataReader>>();
        using var batch = new NpgsqlBatch(connection);
        var agents = transitions.FindAll(move => move.Held is not null);
        if (agents.Count > 0)
        {
            batch.Add(PostgresStatements.LockAgents, ("@agents", agents.ConvertAll(move => move.After.Agent!.Id)));
            results.Add(PassOver);
        }

        if (Math.Sign(messages.Count) + Math.Sign(transitions.Count) + Math.Sign(reads.Count) > 1)
        {
            long[] keys = [.. messages.Concat(transitions).Select(move => move.Key), .. reads.Select(read => read.Known.Key!.Value)];
            batch.Add(PostgresStatements.LockConversations, ("@keys", keys));
            results.Add(PassOver);
        }

        if (messages.Count > 0)
        {
            AddAppend(batch, PostgresStatements.AppendMessages, messages);
            results.Add(row => ReadLost(row, messages, lost));
        }

        if (transitions.Count > 0)
        {
            AddTransitions(AddAppend(batch, PostgresStatements.AppendTransitions, transitions), transitions);
            results.Add(row => ReadLost(row, transitions, lost));
        }

        // Gives no rows, and so has no result.
        if (reads.Count > 0)
            AddReads(batch, reads);
        if (beginnings.Count > 0)
        {
            AddBeginnings(batch, beginnings);
            results.Add(row => ReadBegun(row, beginnings, lost));
        }

        using var row = batch.ExecuteReader();
        foreach (var read in results)
        {
            read(row);
            row.NextResult();
        }

        return lost;
    }

    private static void PassOver(NpgsqlDataReader row)
    {
    }

    /// <summary>The changes of each conversation as one.</summary>
    private static List<Move> Fold(IEnumerable<Change> changes)
    {
        var moves = new List<Move>();
        var byKnown = new Dictionary<Known, Move>();
        foreach (var change in changes)
        {
            if (!byKnown.TryGetValue(change.Known, out var move))
            {
                byKnown.Add(change.Known, move = new Move(change));
                moves.Add(move);
            }

            move.Add(change);
        }

        return moves;
    }

    private static NpgsqlParameterCollection AddAppend(NpgsqlBatch batch, string sql, List<Move> moves)
    {
        var command = new NpgsqlBatchCommand(sql);
        var parameters = command.Parameters;
        parameters.AddArray("@key", moves, move => move.Key);
        parameters.AddArray("@expected", moves, move => move.Before!.LastSequence);
        parameters.AddArray("@last", moves, move => move.After.LastSequence);
        parameters.AddArray("@updated_at", moves, move => SqlValues.Time(move.After.UpdatedAt));
        var entries = new EntryArrays<long>();
        foreach (var move in moves)
        {
            foreach (var entry in move.Entries)
                entries.Add(move.Key, entry);
        }

        entries.AddTo(parameters);
        batch.BatchCommands.Add(command);
        return parameters;
    }

    private static void AddTransitions(NpgsqlParameterCollection parameters, List<Move> moves)
    {
        AddState(parameters, moves);
        parameters.AddArray("@held", moves, move => (long?)move.Held);
    }

    private static void AddReads(NpgsqlBatch batch, List<Change> reads)
    {
        var command = new NpgsqlBatchCommand(PostgresStatements.UpdateRead);
        command.Parameters.AddArray("@key", reads, read => read.Known.Key!.Value);
        command.Parameters.AddArray("@customer_read", reads, read => read.After.Read.Customer);
        command.Parameters.AddArray("@agent_read", reads, read => read.After.Read.Agent);
        batch.BatchCommands.Add(command);
    }

    private static void AddBeginnings(NpgsqlBatch batch, List<Move> moves)
    {
        var command = new NpgsqlBatchCommand(PostgresStatements.Begin);
        var parameters = command.Parameters;
        parameters.AddArray("@id", moves, move => move.After.Id);
        parameters.AddArray("@channel", moves, move => move.After.Channel);
        parameters.AddArray("@customer_id", moves, move => move.After.Customer.Id);
        parameters.AddArray("@last", moves, move => move.After.LastSequence);
        parameters.AddArray("@created_at", moves, move => SqlValues.Time(move.After.CreatedAt));
        parameters.AddArray("@updated_at", moves, move => SqlValues.Time(move.After.UpdatedAt));
        parameters.AddArray("@chain", moves, move => move.After.Chain);
        parameters.AddArray("@start_key", moves, move => move.After.StartKey);
        AddState(parameters, moves);
        var entries = new EntryArrays<Guid>();
        foreach (var move in moves)
        {
            foreach (var entry in move.Entries)
                entries.Add(move.After.Id, entry);
        }

        entries.AddTo(parameters);
        batch.BatchCommands.Add(command);
    }

    /// <summary>What a transition may change.</summary>
    private static void AddState(NpgsqlParameterCollection parameters, List<Move> moves)
    {
        parameters.AddArray("@status", moves, move => SqlValues.Word(move.After.Status));
        parameters.AddArray("@customer_name", moves, move => move.After.Customer.DisplayName);
        parameters.AddArray("@customer_phone", moves, move => move.After.Customer.Phone);
        parameters.AddArray("@metadata", moves, move => move.After.Metadata);
        parameters.AddArray("@agent_id", moves, move => move.After.Agent?.Id);
        parameters.AddArray("@agent_name", moves, move => move.After.Agent?.DisplayName);
        parameters.AddArray("@closed_by", moves, move => move.After.ClosedBy is { } by ? SqlValues.Word(by) : null);
        parameters.AddArray("@close_reason", moves, move => move.After.CloseReason);
        parameters.AddArray("@queued_at", moves, move => SqlValues.Time(move.After.QueuedAt));
        parameters.AddArray("@accepted_at", moves, move => SqlValues.Time(move.After.AcceptedAt));
        parameters.AddArray("@closed_at", moves, move => SqlValues.Time(move.After.ClosedAt));
    }

    private static void ReadLost(NpgsqlDataReader row, List<Move> moves, List<Lost> lost)
    {
        while (row.Read())
        {
            var key = row.GetInt64(Rows.ConversationWidth);
            lost.Add(new Lost(moves.Find(move => move.Key == key)!.Known, row.IsDBNull(0) ? null : PostgresEngine.ReadKnown(row)));
        }
    }

    private static void ReadBegun(NpgsqlDataReader row, List<Move> moves, List<Lost> lost)
    {
        var begun = new Dictionary<Guid, long>();
        while (row.Read())
            begun.Add(row.GetGuid(0), row.GetInt64(1));
        foreach (var move in moves)
        {
            if (begun.TryGetValue(move.After.Id, out var key))
                move.Known.Key = key;
            else
                lost.Add(new Lost(move.Known, Now: null));
        }
    }

    /// <summary>All that a batch changes of one conversation.</summary>
    private sealed class Move(Change first)
    {
        private readonly List<ConversationEvent> _entries = [];

        public Known Known { get; } = first.Known;

        public long Key => Known.Key!.Value;

        public Conversation? Before { get; } = first.Before;

        public Conversation After { get; private set; } = first.After;

        public int? Held { get; private set; }

        public IReadOnlyList<ConversationEvent> Entries => _entries;

        public bool HasTransitions { get; private set; }

        public void Add(Change change)
        {
            After = change.After;
            Held ??= change.Held;
            _entries.AddRange(change.Entries);
            HasTransitions |= change.Entries.Any(entry => entry is Transition);
        }
    }
}
