namespace LiveChat;

/// <summary>Whether the store works.</summary>
public interface IStoreHealth
{
    /// <summary>Completes when the store answers a read, and a write too if the last one failed; throws when it does not.</summary>
    Task CheckAsync(CancellationToken cancellationToken);
}
