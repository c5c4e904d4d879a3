namespace LiveChat.Server.Storage;

/// <summary>The names of the secrets that a database keeps for the servers that use it.</summary>
internal static class StoreSecrets
{
    /// <summary>What clients come back with is sealed by it.</summary>
    public const string Recovery = "recovery";

    /// <summary>Which log it is. A backup is without it, so that what is restored gets another than the log that clients have seen.</summary>
    public const string Epoch = "epoch";
}
