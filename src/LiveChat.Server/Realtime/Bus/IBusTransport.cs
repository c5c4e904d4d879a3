namespace LiveChat.Server.Realtime.Bus;

/// <summary>
/// A way between servers: an engine that passes bytes on to those who listen. It may lose what is sent, and tells so where it knows. Nothing
/// blocks the caller or throws. Thread-safe.
/// </summary>
internal interface IBusTransport : IAsyncDisposable
{
    /// <summary>What metrics and logs call it.</summary>
    string Name { get; }

    /// <summary>Whether what is sent comes back in time, as far as is known.</summary>
    bool IsUp { get; }

    /// <summary>Connects, and hands over what comes from then on. Completes within some seconds also where the engine is not there: then it goes on trying.</summary>
    /// <exception cref="StartException">The engine answers, and refuses what is needed of it.</exception>
    Task StartAsync(IBusReceiver receiver, CancellationToken cancellationToken);

    /// <summary>
    /// Sends items, those of one conversation in their order. What waits is bounded: when it is too much the oldest is dropped. What was
    /// dropped or could not be sent is told to the other servers as soon as that is possible, as <see cref="BusKind.Missed"/>.
    /// </summary>
    void Send(IReadOnlyList<BusItem> items);

    /// <summary>
    /// Completes when the conversation's items come, at once where that must wait until the engine is back; then it is told as
    /// <see cref="IBusReceiver.OnMissed"/>. Called once before <see cref="Unfollow"/>.
    /// </summary>
    Task FollowAsync(Guid conversationId);

    void Unfollow(Guid conversationId);
}

/// <summary>Whom a transport hands over what comes. Called by several threads at once: take it and return.</summary>
internal interface IBusReceiver
{
    /// <summary>What this server signs its frames with: they come back to it, and are not handed over.</summary>
    ulong Sender { get; }

    /// <summary>A frame of another server, those of one channel in their order. How many bytes wait is bounded by the receiver.</summary>
    void OnFrame(IBusTransport transport, byte[] frame);

    /// <summary>The way may have lost what others sent.</summary>
    void OnMissed(IBusTransport transport);

    /// <summary><see cref="IBusTransport.IsUp"/> has changed.</summary>
    void OnUpChanged(IBusTransport transport);
}
