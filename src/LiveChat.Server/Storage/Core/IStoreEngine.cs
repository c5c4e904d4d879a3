using System.Data.Common;

namespace LiveChat.Server.Storage.Core;

/// <summary>
/// What the core needs of a database: to read what decisions rest on, and to write what was decided. Called by one thread at a time.
/// Failures of the database are thrown as <see cref="ChatException"/>; anything else is a fault of the program.
/// </summary>
internal interface IStoreEngine : IDisposable
{
    /// <summary>
    /// Whether others write to the same database meanwhile. What is remembered of a conversation may then be out of date, and a write says
    /// which of its changes were decided on something else than what is there.
    /// </summary>
    bool IsShared { get; }

    /// <summary>Reads conversations, in one round trip: those of these ids, and the active ones of these customers. What does not exist is left out.</summary>
    /// <exception cref="StoreInterruptedException">It is worth trying again.</exception>
    ValueTask<IReadOnlyList<Known>> LoadAsync(IReadOnlyCollection<Guid> ids, IReadOnlyCollection<string> activeOf);

    /// <summary>Reads facts, in one round trip; the answers are in the order of the questions.</summary>
    /// <exception cref="StoreInterruptedException">It is worth trying again.</exception>
    ValueTask<IReadOnlyList<Facts>> ReadFactsAsync(IReadOnlyList<FactQuestion> questions);

    /// <summary>
    /// Writes changes, those of one conversation together and only if it still stands where they were decided on, with no message of theirs
    /// sent before and each agent holding as many as was assumed: the others are lost, and nothing of them is written. Completes when all that
    /// is not lost survives a power loss; whatever it throws, but for an interruption, nothing was written.
    /// </summary>
    /// <param name="changes">What to write.</param>
    /// <param name="begin">Asked when nothing but the writing itself is left to wait for; when it says no, nothing is written, and this null.</param>
    /// <returns>What was lost. An engine that nobody shares loses nothing, and writes all or none.</returns>
    /// <exception cref="StoreInterruptedException">It is worth trying again, and may have been written.</exception>
    ValueTask<IReadOnlyList<Lost>?> WriteAsync(IReadOnlyList<Change> changes, Func<bool> begin);

    /// <summary>Whether the entry is in the log. Asked after an interrupted write, which an engine that nobody shares does not know.</summary>
    /// <exception cref="StoreInterruptedException">It is worth trying again.</exception>
    ValueTask<bool> IsWrittenAsync(ConversationEvent entry);

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

    /// <summary>As it was committed last, as far as is known here.</summary>
    public Conversation Conversation { get; set; } = conversation;

    /// <summary>A timestamp at which it stood so for sure: when it was asked for, or its last write was begun.</summary>
    public long AsOf { get; set; }
}

/// <summary>What was decided of one conversation: what its log gains, and where it stands before and after.</summary>
/// <param name="Before">Null for one that begins.</param>
/// <param name="Entries">None where only how far somebody has read changes: whatever has happened meanwhile, the further one stands.</param>
internal sealed record Change(Known Known, Conversation? Before, Conversation After, IReadOnlyList<ConversationEvent> Entries)
{
    /// <summary>How many conversations the agent who takes this one was taken to hold before; null where that does not matter.</summary>
    public int? Held { get; init; }
}

/// <summary>Changes of a conversation that were not written.</summary>
/// <param name="Known">The conversation that they were decided on.</param>
/// <param name="Now">As it stands in the database; null when it is not there, or cannot be told of it.</param>
internal sealed record Lost(Known Known, Known? Now);

/// <param name="Key">The conversation's; null for one that is not stored yet.</param>
internal readonly record struct FactQuestion(long? Key, Guid ConversationId, NeededFacts Needed);

/// <summary>
/// The database was interrupted: a connection was lost, another transaction stood in the way, it starts or stops. It may work at the next try.
/// </summary>
/// <param name="mayBeWritten">Whether what was to be written may be there all the same.</param>
internal sealed class StoreInterruptedException(Exception cause, bool mayBeWritten) : Exception(cause.Message, cause)
{
    public bool MayBeWritten { get; } = mayBeWritten;
}
