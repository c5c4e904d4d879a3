namespace LiveChat;

/// <summary>
/// Tells every server, this one included, what was committed. Only a hint: a subscriber that missed something finds it in the
/// store, so losing the bus costs latency and never a message.
/// </summary>
public interface IEventBus
{
    /// <summary>
    /// Passes entries on, those of one conversation in the order of their sequences. Never throws: a subscriber that fails is logged
    /// and the others are told all the same. May be called from several threads at once.
    /// </summary>
    void Publish(IReadOnlyList<ConversationEvent> entries);

    /// <summary>Passes on that a participant has gone or come back.</summary>
    void Publish(PresenceChange change);

    /// <summary>Calls <paramref name="subscriber"/> from now on, until the result is disposed.</summary>
    IDisposable Subscribe(IBusSubscriber subscriber);

    /// <summary>Whether what is published reaches the other servers now. A bus within one process always does what it is for.</summary>
    bool IsUp => true;
}

/// <summary>Called on the thread that publishes, by several at once: hand over and return.</summary>
public interface IBusSubscriber
{
    void OnCommitted(IReadOnlyList<ConversationEvent> entries);

    void OnPresenceChanged(PresenceChange change)
    {
    }
}

/// <summary>A passing signal, not in the log: a participant's last socket has been gone for the grace, or one is back.</summary>
public sealed record PresenceChange(Guid ConversationId, Participant Participant, bool IsPresent, DateTimeOffset At);
