using LiveChat.Server.Wire;

namespace LiveChat.Server.Documents;

/// <summary>The socket's events. A test holds them against what the gateway handles and sends.</summary>
internal static class SocketEvents
{
    public static IReadOnlyList<SentEvent> Sent =>
    [
        new(EventNames.ChatMessage, "chatMessage", "A message, to every socket in the conversation, the sender's too, in the order of the log.", "ChatMessage"),
        new(EventNames.SystemEvent, "systemEvent", "A step of the conversation's life, in the one order with messages; or a passing signal, whose sequence is null. QUEUE_POSITION is for the customer alone.", "SystemEvent"),
        new(EventNames.ChatTyping, "typing", "The other side writes something, or has stopped: a passing signal, to all but the sockets of the side that it is about.", "ChatTyping"),
        new(EventNames.ChatRead, "read", "How far the other side has read: a passing signal, to all but the sockets of the side that it is about.", "ChatRead"),
        new(EventNames.QueueSnapshot, "queueSnapshot", "The first entries of the queue, to the sockets that joined it: at once, and after each change.", "QueueSnapshot"),
        new(EventNames.SystemError, "systemError", "A fault on a live connection. After token_expired, and after one that says the connection cannot be given what it came for, it is ended.", "SystemError"),
    ];

    public static IReadOnlyList<HandledEvent> Handled =>
    [
        new(
            EventNames.ChatSend, "chatSend", "Sends a message: the same path, rules and result as the REST call.", "ChatSend", "MessageAck",
            ErrorCodes.NotFound, ErrorCodes.Gone, ErrorCodes.NotAccepted, ErrorCodes.IdempotencyMismatch),
        new(
            EventNames.ChatTyping, "chatTyping", "Says that one writes, or has stopped. It is passed on when it changes and else at most once a second, and ends by itself after 6 seconds, with the message, and with the socket.", "Typing", "Done",
            ErrorCodes.NotFound, ErrorCodes.Gone, ErrorCodes.NotAccepted),
        new(
            EventNames.ChatRead, "chatRead", "Says how far one's own side has read: the same as the REST call.", "Read", "Done",
            ErrorCodes.NotFound, ErrorCodes.NotAccepted),
        new(
            EventNames.ConversationClose, "conversationClose", "Closes the conversation. Closing it twice changes nothing.", "ConversationClose", "ConversationAck",
            ErrorCodes.NotFound),
        new(
            EventNames.AuthRefresh, "authRefresh", "Goes on with a later credential of the same principal, before the socket's own ends.", "AuthRefresh", "AuthRefreshAck",
            ErrorCodes.Unauthenticated),
    ];
}
