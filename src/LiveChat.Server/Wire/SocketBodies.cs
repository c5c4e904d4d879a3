namespace LiveChat.Server.Wire;

/// <summary>A refusal as sockets carry it: the <c>data</c> of CONNECT_ERROR, <c>system:error</c>, and inside an acknowledgement.</summary>
internal sealed record SocketErrorBody(string Code, string Message)
{
    public static SocketErrorBody From(ChatError error) => new(error.Code, error.Message);
}

internal sealed record MessageAck(Message Message);

internal sealed record ConversationAck(ConversationBody Conversation);

internal sealed record ErrorAck(SocketErrorBody Error);
