using EngineIO.Protocol;

namespace EngineIO.Transports;

/// <summary>A poll that waits for packets.</summary>
internal sealed class PendingPoll : TaskCompletionSource<List<Packet>>
{
    public PendingPoll()
        : base(TaskCreationOptions.RunContinuationsAsynchronously)
    {
    }
}

/// <summary>What becomes of a poll on arrival.</summary>
internal enum PollDecision
{
    /// <summary>It waits.</summary>
    Parked,

    /// <summary>Packets are there; the caller has claimed the transport and drains it into this poll.</summary>
    Drain,

    /// <summary>An upgrade is under way; it is answered with a noop.</summary>
    Noop,

    /// <summary>Another poll of this session waits; both end, and the session.</summary>
    Duplicate,

    /// <summary>The session is on another transport.</summary>
    WrongTransport,

    /// <summary>The session has ended.</summary>
    Unknown,
}
