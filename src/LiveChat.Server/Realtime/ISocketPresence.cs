namespace LiveChat.Server.Realtime;

/// <summary>Presence, as those see it who open and close sockets. Thread-safe, and waits for nothing.</summary>
internal interface ISocketPresence : IPresence
{
    /// <summary>A socket of the participant opened.</summary>
    void Connected(Participant participant);

    /// <summary>A socket of the participant is gone.</summary>
    void Disconnected(Participant participant);

    /// <summary>A socket of the participant is in the conversation, which is open.</summary>
    void Joined(Guid conversationId, Participant participant);

    /// <summary>What the conversation was told last of the participant, null when nothing.</summary>
    PresenceChange? ToldOf(Participant participant, Guid conversationId);

    /// <summary>The server stops, and closes all sockets: that is nobody's absence.</summary>
    void Stop();
}
