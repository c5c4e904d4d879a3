namespace LiveChat;

/// <summary>Who is there: has a live socket, or called a moment ago. Thread-safe.</summary>
public interface IPresence
{
    /// <summary>The agent made a call.</summary>
    void Seen(string agentId);

    /// <summary>Which of these agents have had no socket and made no call for so long.</summary>
    ValueTask<IReadOnlySet<string>> FindGoneAsync(IReadOnlyCollection<string> agentIds, TimeSpan forAtLeast, CancellationToken cancellationToken);

    /// <summary>Whether any agent has a socket, or made a call within <see cref="AgentOptions.RequeueAfter"/>. May be a moment old.</summary>
    bool IsAnyAgentThere { get; }

    /// <summary>Lets go of who has been gone for longer than anybody asks about. Called in every round of housekeeping.</summary>
    ValueTask PruneAsync(CancellationToken cancellationToken);
}
