namespace LiveChat;

/// <summary>
/// Who has sockets on which server, and which servers live: kept where all servers see it, and judged by it alone. Who is gone from all of
/// them is announced once, by whichever server finds it so. May be called from any thread, by any number of servers at once.
/// </summary>
public interface ISharedPresence
{
    /// <summary>
    /// Says that the server lives and what has changed on it, takes away what servers that are dead had, finds who has been gone for the grace and who is back,
    /// and reads what all servers are to know. One round trip, all or nothing; it may be repeated.
    /// </summary>
    Task<PresenceReport> BeatAsync(PresenceBeat beat, CancellationToken cancellationToken);

    /// <summary>Which of these agents have had no socket anywhere and made no call for so long.</summary>
    Task<IReadOnlySet<string>> FindGoneAsync(IReadOnlyCollection<string> agentIds, TimeSpan forAtLeast, CancellationToken cancellationToken);

    /// <summary>Lets go of what was told, and of calls that agents made, longer ago than this.</summary>
    Task ForgetAsync(TimeSpan ago, CancellationToken cancellationToken);

    /// <summary>The server stops, and has closed all its sockets: that is nobody's absence for as long as the grace.</summary>
    Task LeaveAsync(string server, CancellationToken cancellationToken);
}

/// <summary>Someone who may be there: a side and an id.</summary>
public readonly record struct ParticipantKey(ParticipantType Type, string Id);

/// <summary>What a server says of itself.</summary>
public sealed record PresenceBeat
{
    public required string Server { get; init; }

    /// <summary>Who has a socket here since the last beat, or still has one where the last report asked for all.</summary>
    public required IReadOnlyCollection<ParticipantKey> Present { get; init; }

    /// <summary>Whose last socket here has gone.</summary>
    public required IReadOnlyCollection<ParticipantKey> Gone { get; init; }

    /// <summary>Agents who have made a call here.</summary>
    public required IReadOnlyCollection<string> Seen { get; init; }

    /// <summary>Servers that are dead, as they stood when they were found so: one that has moved on since is not.</summary>
    public required IReadOnlyCollection<ServerBeat> Dead { get; init; }

    /// <summary>How long someone may be without a socket before it is told.</summary>
    public required TimeSpan Grace { get; init; }

    /// <summary>How long an agent who called counts as being there.</summary>
    public required TimeSpan SeenFor { get; init; }

    /// <summary>What was told after this is reported, by the database's clock; null for all.</summary>
    public required DateTimeOffset? ToldSince { get; init; }
}

/// <param name="Server">Which.</param>
/// <param name="Count">Grows with each of its beats.</param>
public sealed record ServerBeat(string Server, long Count);

/// <summary>What all servers know.</summary>
/// <param name="Count">Which of the server's beats this was. 1: it was not known before, and all that is present on it must be said.</param>
/// <param name="Servers">Those that there are.</param>
/// <param name="Told">What became of participants.</param>
/// <param name="IsAnyAgentThere">Whether any agent has a socket, or made a call within the time.</param>
/// <param name="At">The time, by the database's clock.</param>
public sealed record PresenceReport(
    long Count,
    IReadOnlyList<ServerBeat> Servers,
    IReadOnlyList<ToldPresence> Told,
    bool IsAnyAgentThere,
    DateTimeOffset At);

/// <summary>That the participant is away, or is back.</summary>
public sealed record ToldPresence(ParticipantKey Participant, bool IsPresent, DateTimeOffset At);
