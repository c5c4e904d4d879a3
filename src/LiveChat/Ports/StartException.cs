namespace LiveChat;

/// <summary>The server cannot start, and the message is the one line that tells the operator why.</summary>
public sealed class StartException(string message, Exception? innerException = null) : Exception(message, innerException);
