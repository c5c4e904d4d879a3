using System.Data.Common;
using NpgsqlTypes;

namespace LiveChat.Server.Storage.Move;

/// <summary>A table that both engines have, with the columns that are copied.</summary>
/// <param name="Name">In both.</param>
/// <param name="Columns">Each with its type in PostgreSQL.</param>
/// <param name="Identity">The column whose values PostgreSQL would make itself; null when there is none.</param>
internal sealed record MovedTable(string Name, (string Name, NpgsqlDbType Type)[] Columns, string? Identity)
{
    public static IReadOnlyList<MovedTable> All { get; } =
    [
        new(
            "conversation",
            [
                Number("key"), Id("id"), Text("status"), Text("channel"), Text("customer_id"), Text("customer_name"), Text("customer_phone"),
                Text("metadata"), Text("agent_id"), Text("agent_name"), Number("last_sequence"), Text("closed_by"), Text("close_reason"),
                Number("created_at"), Number("updated_at"), Number("queued_at"), Number("accepted_at"), Number("closed_at"), Id("chain"),
                Text("start_key"), Number("customer_read"), Number("agent_read"), ("customer_socket", NpgsqlDbType.Integer), Text("agent_socket"),
            ],
            "key"),
        new(
            "conversation_event",
            [
                Number("conversation"), Number("sequence"), Text("kind"), Id("message_id"), Text("participant_type"), Text("participant_id"),
                Text("participant_name"), Text("body"), Text("metadata"), Text("client_message_id"), Number("created_at"),
            ],
            Identity: null),
        new("protection_key", [Number("position"), Text("name"), Text("xml")], "position"),
        new("secret", [Text("name"), ("value", NpgsqlDbType.Bytea)], Identity: null),
    ];

    public string ColumnList => string.Join(", ", Columns.Select(column => column.Name));

    /// <summary>The value of a row of SQLite, as PostgreSQL takes it; null for none.</summary>
    public object? Read(DbDataReader row, int column)
    {
        if (row.IsDBNull(column))
            return null;

        return Columns[column].Type switch
        {
            NpgsqlDbType.Uuid => new Guid(row.GetFieldValue<byte[]>(column), bigEndian: true),
            NpgsqlDbType.Bigint => row.GetInt64(column),
            NpgsqlDbType.Integer => row.GetInt32(column),
            NpgsqlDbType.Bytea => row.GetFieldValue<byte[]>(column),
            _ => row.GetString(column),
        };
    }

    private static (string, NpgsqlDbType) Number(string name) => (name, NpgsqlDbType.Bigint);

    private static (string, NpgsqlDbType) Text(string name) => (name, NpgsqlDbType.Text);

    private static (string, NpgsqlDbType) Id(string name) => (name, NpgsqlDbType.Uuid);
}
