namespace LiveChat;

/// <summary>Who is there: has a live socket, or called a moment ago. Thread-safe.</summary>
public interface IPresence
{
    /// <summary>The agent made a call.</summary>
    void Seen(string agentId);

    /// <summary>Whether the agent has had no socket and made no call since <paramref name="since"/>.</summary>
    ValueTask<bool> IsGoneAsync(string agentId, DateTimeOffset since, CancellationToken cancellationToken);

    /// <summary>Lets go of who has been gone for longer than anybody asks about. Called in every round of housekeeping.</summary>
    void Prune();
}
