namespace EngineIO;

/// <summary>What a session still does. It only ever goes forward.</summary>
internal enum SessionState : byte
{
    /// <summary>It sends and receives.</summary>
    Open,

    /// <summary>The client takes nothing any more. What it sent before is still received; nothing is sent.</summary>
    ReceivingOnly,

    /// <summary>The server closes it: what is queued is still sent, and nothing more is received or queued.</summary>
    Closing,

    /// <summary>It has ended.</summary>
    Closed,
}
