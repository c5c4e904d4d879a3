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

    /// <summary>Passes a signal on. Never throws, and does not wait.</summary>
    void Publish(Signal signal);

    /// <summary>Calls <paramref name="subscriber"/> from now on, until the result is disposed.</summary>
    IDisposable Subscribe(IBusSubscriber subscriber);

    /// <summary>
    /// From when this completes, messages and signals of the conversation come from every server, until <see cref="Unfollow"/> is called as
    /// often as this. Transitions come without it, whatever the conversation. Completes within a second also where the bus is down: what it
    /// does not bring is missed, and said so. Never throws but for the token.
    /// </summary>
    ValueTask FollowAsync(Guid conversationId, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Nobody here is in the conversation any more.</summary>
    void Unfollow(Guid conversationId)
    {
    }

    /// <summary>Whether what is published reaches the other servers now. A bus within one process always does what it is for.</summary>
    bool IsUp => true;
}

/// <summary>Called on the thread that publishes or receives, by several at once: hand over and return.</summary>
public interface IBusSubscriber
{
    void OnCommitted(IReadOnlyList<ConversationEvent> entries);

    void OnSignal(Signal signal)
    {
    }

    /// <summary>
    /// The bus may have lost what other servers published: of any conversation, up to now. Called when it is back, and when it had to drop
    /// something; whoever needs all reads the store.
    /// </summary>
    void OnMissed()
    {
    }
}
