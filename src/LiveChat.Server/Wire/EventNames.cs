namespace LiveChat.Server.Wire;

/// <summary>The names of the events on the wire.</summary>
internal static class EventNames
{
    // Server to client.
    public const string ChatMessage = "chat:message";
    public const string SystemEvent = "system:event";
    public const string SystemError = "system:error";
    public const string QueueSnapshot = "queue:snapshot";

    // Both ways: a signal of one side, and what the others hear of it.
    public const string ChatTyping = "chat:typing";
    public const string ChatRead = "chat:read";

    // Client to server.
    public const string ChatSend = "chat:send";
    public const string ConversationClose = "conversation:close";
    public const string AuthRefresh = "auth:refresh";
}

/// <summary>The values of <c>type</c> in a <c>system:event</c>.</summary>
internal static class SystemEventTypes
{
    public const string SessionReady = "SESSION_READY";
    public const string QueuePosition = "QUEUE_POSITION";
    public const string ParticipantDisconnected = "PARTICIPANT_DISCONNECTED";
    public const string ParticipantReconnected = "PARTICIPANT_RECONNECTED";

    public static string Of(TransitionKind kind) => kind switch
    {
        TransitionKind.Queued => "CONVERSATION_QUEUED",
        TransitionKind.Assigned => "CONVERSATION_ASSIGNED",
        TransitionKind.Connected => "CONVERSATION_CONNECTED",
        TransitionKind.Requeued => "CONVERSATION_REQUEUED",
        TransitionKind.CustomerUpdated => "CUSTOMER_UPDATED",
        TransitionKind.Closed => "CONVERSATION_CLOSED",
    };
}
