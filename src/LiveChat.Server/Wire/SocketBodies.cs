namespace LiveChat.Server.Wire;

/// <summary>A refusal as sockets carry it: the <c>data</c> of CONNECT_ERROR, <c>system:error</c>, and inside an acknowledgement.</summary>
internal sealed record SocketErrorBody(string Code, string Message)
{
    public static SocketErrorBody From(ChatError error) => new(error.Code, error.Message);
}

internal sealed record MessageAck(Message Message);

internal sealed record ConversationAck(ConversationBody Conversation);

/// <summary>How long the credential counts that a socket goes on with; null when it does not end.</summary>
internal sealed record AuthRefreshAck(DateTimeOffset? ExpiresAt);

/// <summary>It was done, and there is nothing to say of it.</summary>
internal sealed record DoneAck
{
    public static DoneAck Instance { get; } = new();
}

internal sealed record ErrorAck(SocketErrorBody Error);
