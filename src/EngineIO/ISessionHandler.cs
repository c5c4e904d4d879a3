namespace EngineIO;

/// <summary>
/// The layer above one session: all that Engine.IO tells it. The calls of one session never overlap and come in this
/// order: <see cref="Opened"/>, any number of messages in the order the client sent them, <see cref="Closed"/> once; only
/// <see cref="Closed"/> may come while a message is still being handled. They run on the thread that read the packet, so
/// they must not block, and an exception from one of them ends the session.
/// </summary>
public interface ISessionHandler
{
    /// <summary>The session exists. What is sent from here follows the handshake, where possible in the same write.</summary>
    void Opened();

    /// <summary>A text message.</summary>
    /// <param name="utf8">Valid UTF-8, readable only during the call.</param>
    void Text(ReadOnlySpan<byte> utf8);

    /// <summary>A binary message.</summary>
    /// <param name="data">Readable only during the call.</param>
    void Binary(ReadOnlySpan<byte> data);

    /// <summary>The server stops, and this session is closed in a moment: a good time to send nothing more. May be called while a message is being handled. Does nothing unless it is implemented.</summary>
    void Closing()
    {
    }

    /// <summary>The session has ended and takes no more packets.</summary>
    /// <param name="reason">Why.</param>
    void Closed(CloseReason reason);
}
