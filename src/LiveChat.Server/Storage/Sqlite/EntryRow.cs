using LiveChat.Server.Storage.Sql;

namespace LiveChat.Server.Storage.Sqlite;

/// <summary>An entry of a log as the row that is written of it, the same in both tables that hold entries.</summary>
internal static class EntryRow
{
    public const string Columns =
        "conversation, sequence, kind, message_id, participant_type, participant_id, participant_name, body, metadata, client_message_id, created_at";

    public const string Parameters = "?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11";

    public static void Bind(PreparedStatement statement, long conversation, ConversationEvent entry)
    {
        var (kind, participant, body) = Rows.EntryColumns(entry);
        var message = entry as Message;
        statement.Bind(1, conversation);
        statement.Bind(2, entry.Sequence);
        statement.Bind(3, kind);
        statement.Bind(4, message?.Id);
        statement.Bind(5, participant is null ? null : SqlValues.Word(participant.Type));
        statement.Bind(6, participant?.Id);
        statement.Bind(7, participant?.DisplayName);
        statement.Bind(8, body);
        statement.Bind(9, message?.Metadata);
        statement.Bind(10, message?.ClientMessageId);
        statement.Bind(11, SqlValues.Time(entry.Timestamp));
    }
}
