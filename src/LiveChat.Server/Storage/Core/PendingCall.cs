using System.Diagnostics;

namespace LiveChat.Server.Storage.Core;

/// <summary>
/// A call that waits for its turn to write. It is answered once: with what it asked for, or after its time limit. Whoever was not begun
/// by then is told that nothing was stored; whoever was, that the outcome is not known, since a commit that hangs may still succeed.
/// </summary>
internal abstract class PendingCall(long since)
{
    private const int Waiting = 0, Begun = 1, GivenUp = 2;

    private static readonly ChatError OutcomeUnknown = new(
        ErrorCodes.Internal,
        "The store did not answer in time, and whether it stored this is not known: repeat it with the same client message id.");

    private int _state;
    private int _answered;

    /// <summary>When it came, as a timestamp.</summary>
    public long Since { get; } = since;

    /// <summary>Whether its caller has been told something already.</summary>
    public bool IsOver => Volatile.Read(ref _answered) != 0;

    /// <summary>Takes the call to be written; false when its caller was told already that nothing was stored.</summary>
    public bool TryBegin() => Interlocked.CompareExchange(ref _state, Begun, Waiting) != GivenUp;

    /// <summary>Nothing of it was written, and it goes on waiting.</summary>
    public void Rewind() => Interlocked.CompareExchange(ref _state, Waiting, Begun);

    /// <summary>Answers a caller who has waited too long; false when it was answered before.</summary>
    public bool GiveUp() => Fail(new ChatException(
        Interlocked.CompareExchange(ref _state, GivenUp, Waiting) == Begun ? OutcomeUnknown : ChatError.Unavailable));

    /// <summary>Answers the caller with what was written.</summary>
    public void Succeed()
    {
        if (TryAnswer())
            Answer();
    }

    /// <summary>Answers the caller with a failure; false when it was answered before.</summary>
    public bool Fail(Exception exception)
    {
        if (!TryAnswer())
            return false;

        Answer(exception);
        return true;
    }

    protected abstract void Answer();

    protected abstract void Answer(Exception exception);

    private bool TryAnswer() => Interlocked.Exchange(ref _answered, 1) == 0;
}

/// <summary>A call for a decision; many are written together.</summary>
internal sealed class CommandCall(Command command, long since) : PendingCall(since)
{
    private readonly TaskCompletionSource<Decision> _answer =
        new(Answers.IsInGroup(command) ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously);

    public Command Command { get; } = command;

    /// <summary>What the call is part of, for whoever emits its entries; null where nobody listens.</summary>
    public Activity? Trace { get; init; }

    public Decision? Decision { get; set; }

    /// <summary>What the log gains by it.</summary>
    public IReadOnlyList<ConversationEvent> Entries => Fault is null ? Decision!.Entries : [];

    /// <summary>What was being written when that was interrupted, null when nothing was: it may be there, or come to be there for as long as the database has not moved on.</summary>
    public List<Decision>? InDoubt { get; private set; }

    /// <summary>Its write was interrupted, and may be there.</summary>
    public void Doubt(Decision decision) => (InDoubt ??= []).Add(decision);

    /// <summary>Whether it must be looked whether any of that is there before it is decided again.</summary>
    public bool MustSettle { get; set; }

    /// <summary>Whether that was looked at since a decision to write nothing was made.</summary>
    public bool IsSettled { get; set; }

    /// <summary>Whether the facts that it needs must be read, since what was taken for granted was not so.</summary>
    public bool ReadsFacts { get; set; }

    /// <summary>What the rule itself threw; nobody else's command is touched by that.</summary>
    public Exception? Fault { get; set; }

    public Task<Decision> Task => _answer.Task;

    protected override void Answer()
    {
        if (Fault is { } fault)
            _answer.SetException(fault);
        else
            _answer.SetResult(Decision!);
    }

    // Whoever fails it may be any thread.
    protected override void Answer(Exception exception) => ThreadPool.UnsafeQueueUserWorkItem(
        static failed => failed.answer.SetException(failed.exception),
        (answer: _answer, exception),
        preferLocal: false);
}

/// <summary>A call for other work on the connection that writes, with a transaction of its own.</summary>
internal abstract class WorkCall(bool changesConversations, long since) : PendingCall(since)
{
    /// <summary>Whether what is known of conversations may be wrong after it.</summary>
    public bool ChangesConversations { get; } = changesConversations;

    public abstract void Run();
}

/// <inheritdoc cref="WorkCall"/>
internal sealed class WorkCall<T>(Func<T> work, bool changesConversations, long since) : WorkCall(changesConversations, since)
{
    private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T _result = default!;

    public Task<T> Task => _answer.Task;

    public override void Run() => _result = work();

    protected override void Answer() => _answer.SetResult(_result);

    protected override void Answer(Exception exception) => _answer.SetException(exception);
}
