namespace LiveChat.Server.Storage.Core;

/// <summary>How many messages there are. Thread-safe.</summary>
internal interface IMessageCount
{
    Task<long> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Entries were removed: what was counted does not hold any more.</summary>
    void Forget();
}
