using Npgsql;

namespace LiveChat.Server.Storage.Postgres;

/// <summary>Statements of a batch, and parameters that are arrays.</summary>
internal static class BatchParameters
{
    public static void Add(this NpgsqlBatch batch, string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var (name, value) in parameters)
            command.Parameters.AddWithValue(name, value);
        batch.BatchCommands.Add(command);
    }

    public static void AddArray<T>(this NpgsqlParameterCollection parameters, string name, List<T> values) =>
        parameters.Add(new NpgsqlParameter<List<T>>(name, values));

    public static void AddArray<TItem, T>(this NpgsqlParameterCollection parameters, string name, List<TItem> items, Func<TItem, T> value) =>
        parameters.Add(new NpgsqlParameter<T[]>(name, [.. items.Select(value)]));
}
