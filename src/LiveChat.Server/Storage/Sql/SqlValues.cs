using System.Data.Common;

namespace LiveChat.Server.Storage.Sql;

/// <summary>How the values of the domain stand in a table, the same for every engine.</summary>
internal static class SqlValues
{
    public static object OrNull(string? value) => value is null ? DBNull.Value : value;

    public static long Time(DateTimeOffset value) => value.ToUnixTimeMilliseconds();

    public static long? Time(DateTimeOffset? value) => value is { } time ? Time(time) : null;

    public static object TimeOrNull(DateTimeOffset? value) => value is { } time ? Time(time) : DBNull.Value;

    public static string? StringOrNull(this DbDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetString(column);

    public static DateTimeOffset Time(this DbDataReader row, int column) =>
        DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));

    public static DateTimeOffset? TimeOrNull(this DbDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.Time(column);

    public static string Word(ConversationStatus status) => status switch
    {
        ConversationStatus.Queued => "QUEUED",
        ConversationStatus.Assigned => "ASSIGNED",
        ConversationStatus.Connected => "CONNECTED",
        ConversationStatus.Closed => "CLOSED",
    };

    public static ConversationStatus Status(string word) => word switch
    {
        "QUEUED" => ConversationStatus.Queued,
        "ASSIGNED" => ConversationStatus.Assigned,
        "CONNECTED" => ConversationStatus.Connected,
        "CLOSED" => ConversationStatus.Closed,
        _ => throw new InvalidDataException($"Unknown conversation status '{word}'."),
    };

    public static string Word(ParticipantType type) => type switch
    {
        ParticipantType.Customer => "CUSTOMER",
        ParticipantType.Agent => "AGENT",
        ParticipantType.System => "SYSTEM",
    };

    public static ParticipantType Participant(string word) => word switch
    {
        "CUSTOMER" => ParticipantType.Customer,
        "AGENT" => ParticipantType.Agent,
        "SYSTEM" => ParticipantType.System,
        _ => throw new InvalidDataException($"Unknown participant type '{word}'."),
    };

    public const string MessageWord = "MESSAGE";

    public static string Word(TransitionKind kind) => kind switch
    {
        TransitionKind.Queued => "QUEUED",
        TransitionKind.Assigned => "ASSIGNED",
        TransitionKind.Connected => "CONNECTED",
        TransitionKind.Requeued => "REQUEUED",
        TransitionKind.CustomerUpdated => "CUSTOMER_UPDATED",
        TransitionKind.Closed => "CLOSED",
    };

    public static TransitionKind Kind(string word) => word switch
    {
        "QUEUED" => TransitionKind.Queued,
        "ASSIGNED" => TransitionKind.Assigned,
        "CONNECTED" => TransitionKind.Connected,
        "REQUEUED" => TransitionKind.Requeued,
        "CUSTOMER_UPDATED" => TransitionKind.CustomerUpdated,
        "CLOSED" => TransitionKind.Closed,
        _ => throw new InvalidDataException($"Unknown kind of entry '{word}'."),
    };
}
