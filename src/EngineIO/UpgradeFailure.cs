namespace EngineIO;

/// <summary>Every way in which an upgrade comes to nothing. Only the WebSocket that probed ends, except where the session did.</summary>
internal enum UpgradeFailure
{
    /// <summary>The session was upgraded already, another WebSocket was probing it, or it had just ended.</summary>
    Unwanted,

    /// <summary>The client sent something else than the probe and the packet that completes the upgrade.</summary>
    BadPacket,

    /// <summary>The WebSocket ended before the upgrade was complete.</summary>
    Abandoned,

    /// <summary>It took longer than <see cref="EngineOptions.UpgradeTimeout"/>.</summary>
    TimedOut,

    /// <summary>The session ended meanwhile.</summary>
    SessionEnded,
}

/// <summary>The names of <see cref="UpgradeFailure"/>.</summary>
internal static class UpgradeFailures
{
    /// <summary>The name in the metric <c>engineio.upgrades.failed</c>.</summary>
    public static string ToCanonical(this UpgradeFailure reason) => reason switch
    {
        UpgradeFailure.Unwanted => "unwanted",
        UpgradeFailure.BadPacket => "bad packet",
        UpgradeFailure.Abandoned => "abandoned",
        UpgradeFailure.TimedOut => "timed out",
        UpgradeFailure.SessionEnded => "session ended",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, null),
    };
}
