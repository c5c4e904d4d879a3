using LiveChat.Server.Storage.Core;
using LiveChat.Server.Storage.Sql;
using Npgsql;

namespace LiveChat.Server.Storage.Postgres;

/// <summary>Reads the facts of a batch in one round trip: a statement for each kind that is asked for.</summary>
internal static class FactReading
{
    public static IReadOnlyList<Facts> Run(NpgsqlConnection connection, IReadOnlyList<FactQuestion> questions)
    {
        var facts = new Facts[questions.Count];
        var readers = new List<Action<NpgsqlDataReader>>();
        using var batch = new NpgsqlBatch(connection);

        var sent = Where(questions, question => question is { Needed.Sent: not null, Key: not null });
        if (sent.Count > 0)
        {
            Add(batch, PostgresStatements.FindSent, sent, parameters =>
            {
                parameters.AddArray("@conversation", sent, number => questions[number].Key!.Value);
                parameters.AddArray("@client_message_id", sent, number => questions[number].Needed.Sent!.Value.ClientMessageId);
                parameters.AddArray("@participant_type", sent, number => SqlValues.Word(questions[number].Needed.Sent!.Value.SenderType));
                parameters.AddArray("@participant_id", sent, number => questions[number].Needed.Sent!.Value.SenderId);
            });
            readers.Add(row => facts[row.GetInt32(0)] = facts[row.GetInt32(0)] with { Sent = Rows.ReadMessage(row, PostgresDialect.Instance, row.GetGuid(1), from: 2) });
        }

        var held = Where(questions, question => question.Needed.HeldBy is not null);
        if (held.Count > 0)
        {
            Add(batch, PostgresStatements.CountHeld, held, parameters => parameters.AddArray("@agent", held, number => questions[number].Needed.HeldBy!));
            readers.Add(row => facts[row.GetInt32(0)] = facts[row.GetInt32(0)] with { Held = (int)row.GetInt64(1) });
        }

        var positions = Where(questions, question => question.Needed.Position);
        if (positions.Count > 0)
        {
            Add(batch, PostgresStatements.CountBefore, positions, parameters => parameters.AddArray("@key", positions, number => questions[number].Key ?? long.MaxValue));
            readers.Add(row => facts[row.GetInt32(0)] = facts[row.GetInt32(0)] with { Position = 1 + (int)row.GetInt64(1) });
        }

        if (readers.Count == 0)
            return facts;

        using var row = batch.ExecuteReader();
        foreach (var read in readers)
        {
            while (row.Read())
                read(row);
            row.NextResult();
        }

        return facts;
    }

    private static List<int> Where(IReadOnlyList<FactQuestion> questions, Func<FactQuestion, bool> isAsked) =>
        [.. Enumerable.Range(0, questions.Count).Where(number => isAsked(questions[number]))];

    private static void Add(NpgsqlBatch batch, string sql, List<int> numbers, Action<NpgsqlParameterCollection> fill)
    {
        var command = new NpgsqlBatchCommand(sql);
        command.Parameters.AddArray("@number", numbers);
        fill(command.Parameters);
        batch.BatchCommands.Add(command);
    }
}
