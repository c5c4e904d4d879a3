namespace EngineIO;

/// <summary>What became of a packet that a transport has given to its session.</summary>
internal enum Reception
{
    /// <summary>It was taken; more may follow.</summary>
    Taken,

    /// <summary>It was taken and the session has ended by it: the client's own close packet, or the layer above wanted no more.</summary>
    TakenLast,

    /// <summary>It was not taken: the session had ended before, or the client may not send such a packet, which has ended it.</summary>
    Refused,
}
