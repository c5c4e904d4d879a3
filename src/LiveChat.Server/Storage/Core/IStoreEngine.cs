using System.Data.Common;

namespace LiveChat.Server.Storage.Core;

/// <summary>
/// What the core needs of a database: to read what decisions rest on, and to write what was decided. Called by one thread at a time.
/// Failures of the database are thrown as <see cref="ChatException"/>; anything else is a fault of the program.
/// </summary>
internal interface IStoreEngine : IDisposable
{
    /// <summary>Reads conversations, in one round trip: those of these ids, and the active ones of these customers. What does not exist is left out.</summary>
    ValueTask<IReadOnlyList<Known>> LoadAsync(IReadOnlyCollection<Guid> ids, IReadOnlyCollection<string> activeOf);

    /// <summary>Reads facts, in one round trip; the answers are in the order of the questions.</summary>
    ValueTask<IReadOnlyList<Facts>> ReadFactsAsync(IReadOnlyList<FactQuestion> questions);

    /// <summary>
    /// Writes all changes or none, in their order, each only if its conversation still stands where it was decided on. Completes when
    /// they survive a power loss; whatever it throws, nobody sees what was written.
    /// </summary>
    /// <param name="changes">What to write.</param>
    /// <param name="begin">Asked when nothing but the writing itself is left to wait for; when it says no, nothing is written, and this false.</param>
    ValueTask<bool> WriteAsync(IReadOnlyList<Change> changes, Func<bool> begin);

    /// <summary>Runs statements of others in a transaction of their own. They find every entry in the log's table.</summary>
    T RunAlone<T>(Func<DbConnection, T> work);

    /// <summary>Has the engine's own logs of writes hold nothing of what was erased; false when readers do not let it, and it is then done later.</summary>
    bool TryEmptyLog();

    /// <summary>How long <see cref="Maintain"/> may wait; null when there is nothing to do.</summary>
    TimeSpan? MaintenanceDue { get; }

    /// <summary>What a database must have done now and then, between two writes. Does not throw: what fails is tried again.</summary>
    void Maintain();

    /// <summary>What is wrong, in a few words for the operator, although writes may still succeed; null when nothing is.</summary>
    string? Fault { get; }
}

/// <summary>A conversation that the core has read or written, and how the database knows it.</summary>
internal sealed class Known(Conversation conversation)
{
    /// <summary>The database's own key, which grows in the order in which conversations begin; null until the first write.</summary>
    public long? Key { get; set; }

    /// <summary>As it was committed last.</summary>
    public Conversation Conversation { get; set; } = conversation;
}

/// <summary>What was decided of one conversation: what its log gains, and where it stands before and after.</summary>
/// <param name="Before">Null for one that begins.</param>
/// <param name="Entries">None where only how far somebody has read changes: whatever has happened meanwhile, the further one stands.</param>
internal sealed record Change(Known Known, Conversation? Before, Conversation After, IReadOnlyList<ConversationEvent> Entries);

/// <param name="Key">The conversation's; null for one that is not stored yet.</param>
internal readonly record struct FactQuestion(long? Key, Guid ConversationId, NeededFacts Needed);
