namespace LiveChat.Server.Wire;

/// <summary>The words of the API for the domain's closed vocabularies.</summary>
internal static class Words
{
    public static string Of(ConversationStatus status) => status switch
    {
        ConversationStatus.Queued => "QUEUED",
        ConversationStatus.Assigned => "ASSIGNED",
        ConversationStatus.Connected => "CONNECTED",
        ConversationStatus.Closed => "CLOSED",
    };

    public static string Of(ParticipantType type) => type switch
    {
        ParticipantType.Customer => "CUSTOMER",
        ParticipantType.Agent => "AGENT",
        ParticipantType.System => "SYSTEM",
    };
}
