namespace EngineIO.Transports;

/// <summary>
/// Carries the packets of one session. A session sends by claim: whoever claims the transport drains the send buffer
/// into it, so that packets leave in order whatever thread queued them, and no thread waits for another.
/// </summary>
internal interface ITransport
{
    /// <summary>The name in the protocol.</summary>
    string Name { get; }

    /// <summary>Whether packets queued now leave at once. Called under the session's gate.</summary>
    bool IsWritable { get; }

    /// <summary>Claims the right to drain; false when it is claimed already or nothing can be sent now. Called under the session's gate.</summary>
    bool TryClaim();

    /// <summary>Sends what <see cref="SessionSender.TryTake"/> gives until it gives nothing, which ends the claim. Called by the claimer, without the gate.</summary>
    void Drain();

    /// <summary>The claim ended because the buffer is empty. Called under the session's gate.</summary>
    void Release();

    /// <summary>The session has ended. Lets go of the client with what the transport has for that. Called once, without the gate.</summary>
    void End(CloseReason reason);
}
