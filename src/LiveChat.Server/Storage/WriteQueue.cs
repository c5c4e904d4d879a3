using LiveChat.Server.Realtime;

namespace LiveChat.Server.Storage;

/// <summary>
/// Group commit: what callers want written waits here together and is committed together, so it shares one fsync. While one batch
/// commits the next one gathers, and a lone write goes at once. Where many have come together a moment ago, most of them are waited
/// for, <see cref="Patience"/> at most: a commit for each half of them would cost twice as much, and answer nobody sooner.
/// </summary>
/// <remarks>
/// One thread of its own runs the batches. At most <see cref="Capacity"/> writes wait; one more is refused as unavailable, as is
/// one that was not begun within <see cref="_timeout"/>. One that was begun and is not answered by then is told that its outcome is
/// not known, since a commit that hangs may still succeed: that is not said as unavailable, which promises that nothing was stored.
/// A write that fails fails its own caller only: the batch is rolled back and its writes run again one by one. Where not even a
/// transaction can be begun, all are refused. Callers are answered in groups, where nothing may block
/// (<see cref="WorkGroups"/>).
/// </remarks>
internal sealed class WriteQueue
{
    public const int Capacity = 4096;

    /// <summary>Fewer are never waited for.</summary>
    private const int LeastCompany = 8;

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(1);

    /// <summary>After so long without a commit those who came together have gone.</summary>
    private static readonly TimeSpan CompanyLasts = TimeSpan.FromMilliseconds(2);

    private static readonly ChatError OutcomeUnknown = new(
        ErrorCodes.Internal,
        "The store did not answer in time, and whether it stored this is not known: repeat it with the same client message id.");

    private readonly IWriteTransactions _transactions;
    private readonly IEventBus _bus;
    private readonly WorkGroups _groups;
    private readonly ILogger _log;
    private readonly TimeProvider _clock;
    private readonly TimeSpan _timeout;
    private readonly Func<Exception, Exception> _translate;
    private readonly object _gate = new();
    private readonly Thread _thread;
    private readonly ITimer _watchdog;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Guarded by _gate. The two lists change places: one gathers while the other is being written.
    private List<Write> _gathering = [];
    private List<Write> _writing = [];
    private bool _stopping;

    private volatile bool _isFailing;

    // How many came together lately, when the last of them had been written, and how many are being waited for.
    private int _company;
    private long _writtenAt;
    private int _awaited = int.MaxValue;

    public WriteQueue(
        IWriteTransactions transactions,
        Func<Exception, Exception> translate,
        IEventBus bus,
        WorkGroups groups,
        TimeSpan timeout,
        TimeProvider clock,
        ILogger log)
    {
        (_transactions, _translate, _bus, _groups) = (transactions, translate, bus, groups);
        (_timeout, _clock, _log) = (timeout, clock, log);
        _thread = new Thread(Run) { IsBackground = true, Name = "store writer" };
        _thread.Start();
        _watchdog = clock.CreateTimer(_ => FailOverdue(), null, timeout / 4, timeout / 4);
    }

    /// <summary>Whether the store failed, or did not answer in time, and has committed nothing since.</summary>
    public bool IsFailing => _isFailing;

    /// <summary>Completes after the commit that holds what <paramref name="work"/> wrote.</summary>
    public Task<T> RunAsync<T>(Func<T> work, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var write = new Write<T>(work, _clock.GetTimestamp());
        lock (_gate)
        {
            if (_stopping || _gathering.Count >= Capacity)
                throw new ChatException(ChatError.Unavailable);

            _gathering.Add(write);
            if (_gathering.Count == 1 || _gathering.Count == _awaited)
                Monitor.Pulse(_gate);
        }

        return write.Task;
    }

    /// <summary>Writes what waits, then stops; later writes are refused. False when the store hangs and the thread with it.</summary>
    public async Task<bool> StopAsync(TimeSpan limit)
    {
        lock (_gate)
        {
            _stopping = true;
            Monitor.Pulse(_gate);
        }

        // In the real time: how long a disk hangs has nothing to do with the clock that the product is given.
        await Task.WhenAny(_stopped.Task, Task.Delay(limit, TimeProvider.System, CancellationToken.None));
        await _watchdog.DisposeAsync();
        return _stopped.Task.IsCompleted;
    }

    private void Run()
    {
        while (TakeBatch() is { } batch)
        {
            var hasWritten = batch.Count > 0;
            if (hasWritten)
            {
                WriteTogether(batch);
                lock (_gate)
                    batch.Clear();
            }

            if (_transactions.FileDue <= TimeSpan.Zero)
                File();
            if (hasWritten)
                _writtenAt = _clock.GetTimestamp();
        }

        File();
        _stopped.SetResult();
    }

    /// <summary>The next batch, which has no writes when there is only something to file; null at the end.</summary>
    private List<Write>? TakeBatch()
    {
        lock (_gate)
        {
            while (_gathering.Count == 0)
            {
                if (_stopping)
                    return null;
                if (_transactions.FileDue is not { } due)
                    Monitor.Wait(_gate);
                else if (due <= TimeSpan.Zero || !Monitor.Wait(_gate, due))
                    return _writing;
            }

            AwaitCompany();
            (_gathering, _writing) = (_writing, _gathering);
            _writing.RemoveAll(write => write.IsGivenUp);
            return _writing;
        }
    }

    /// <summary>Under the gate, when something has come: lets the rest of those come who have come together lately.</summary>
    private void AwaitCompany()
    {
        if (_clock.GetElapsedTime(_writtenAt) > CompanyLasts)
            _company = 0;
        if (_company * 3 / 4 is var most and >= LeastCompany && _gathering.Count < most && !_stopping)
        {
            _awaited = most;
            Monitor.Wait(_gate, Patience);
            _awaited = int.MaxValue;
        }

        _company = Math.Max(_gathering.Count, _company - _company / 8);
    }

    private void WriteTogether(List<Write> batch)
    {
        if (!TryBegin(batch, 0) || TryCommit(batch))
            return;

        // Which one failed, or whether it was the commit, does not matter: alone, each gets its own answer.
        for (var i = 0; i < batch.Count && TryBegin(batch, i); i++)
            TryCommit([batch[i]]);
    }

    /// <summary>False when it failed for all of the batch from that one on.</summary>
    private bool TryBegin(List<Write> batch, int first)
    {
        try
        {
            _transactions.Begin();
            return true;
        }
        catch (Exception exception)
        {
            // Locked out, or down: it would be the same for each of them alone, and each would wait as long.
            Fail(batch[first..], exception);
            return false;
        }
    }

    /// <summary>False when several are rolled back and not answered; one that failed alone is answered with that.</summary>
    private bool TryCommit(List<Write> batch)
    {
        IReadOnlyList<ConversationEvent> committed;
        try
        {
            foreach (var write in batch)
                write.Execute();
            committed = _transactions.Commit();
        }
        catch (Exception exception)
        {
            _transactions.Rollback();
            if (batch.Count > 1)
                return false;

            Fail(batch, exception);
            return true;
        }

        _isFailing = false;

        // 4 The bus is told in the order of the commits, before a caller is answered.
        if (committed.Count > 0)
            _bus.Publish(committed);
        _groups.Queue(batch, static write => write.Succeed());
        return true;
    }

    private void File()
    {
        try
        {
            _transactions.File();
        }
        catch (Exception exception)
        {
            StoreLog.NotFiled(_log, exception);
        }
    }

    private void Fail(List<Write> writes, Exception exception)
    {
        var translated = _translate(exception);
        if (translated is ChatException { Error.Code: ErrorCodes.Internal })
            StoreLog.NotDurable(_log, writes.Count, exception);
        else if (translated is ChatException)
            StoreLog.StoreFailed(_log, writes.Count, exception);
        _isFailing |= translated is ChatException;
        foreach (var write in writes)
            write.Fail(translated);
    }

    private void FailOverdue()
    {
        int givenUp;
        lock (_gate)
            givenUp = _gathering.Concat(_writing).Count(write => _clock.GetElapsedTime(write.Since) > _timeout && write.GiveUp());
        if (givenUp == 0)
            return;

        _isFailing = true;
        StoreLog.StoreStalled(_log, _timeout, givenUp);
    }

    private abstract class Write(long since)
    {
        private const int Waiting = 0, Begun = 1, GivenUp = 2;

        private int _state;
        private int _answered;

        public long Since { get; } = since;

        public bool IsGivenUp => Volatile.Read(ref _state) == GivenUp;

        /// <summary>Runs the work, unless its caller was told already that nothing was stored.</summary>
        public void Execute()
        {
            if (Interlocked.CompareExchange(ref _state, Begun, Waiting) != GivenUp)
                Work();
        }

        /// <summary>Answers a caller who has waited too long; false when it was answered before.</summary>
        public bool GiveUp() => Fail(new ChatException(
            Interlocked.CompareExchange(ref _state, GivenUp, Waiting) == Begun ? OutcomeUnknown : ChatError.Unavailable));

        /// <summary>Answers the caller, here and now, with what the work gave.</summary>
        public void Succeed()
        {
            if (TryAnswer())
                Answer();
        }

        /// <summary>Answers the caller on another thread; false when it was answered before.</summary>
        public bool Fail(Exception exception)
        {
            if (!TryAnswer())
                return false;

            ThreadPool.UnsafeQueueUserWorkItem(static fail => fail.write.Answer(fail.exception), (write: this, exception), preferLocal: false);
            return true;
        }

        protected abstract void Work();

        protected abstract void Answer();

        protected abstract void Answer(Exception exception);

        private bool TryAnswer() => Interlocked.Exchange(ref _answered, 1) == 0;
    }

    private sealed class Write<T>(Func<T> work, long since) : Write(since)
    {
        // Its continuations run where it is answered.
        private readonly TaskCompletionSource<T> _answer = new();
        private T _result = default!;

        public Task<T> Task => _answer.Task;

        protected override void Work() => _result = work();

        protected override void Answer() => _answer.SetResult(_result);

        protected override void Answer(Exception exception) => _answer.SetException(exception);
    }
}

/// <summary>The transactions of one connection, used by one thread.</summary>
internal interface IWriteTransactions
{
    void Begin();

    /// <summary>
    /// Makes durable what was written since <see cref="Begin"/>, and gives the entries that the log gained, in order. Whatever it throws,
    /// nobody sees what was written; if the process ends before the next commit, it may be there afterwards.
    /// </summary>
    IReadOnlyList<ConversationEvent> Commit();

    /// <summary>Never throws; without a transaction it does nothing.</summary>
    void Rollback();

    /// <summary>How long <see cref="File"/> may wait; null when there is nothing to file.</summary>
    TimeSpan? FileDue { get; }

    /// <summary>Puts what was made durable in haste in its place, outside of any transaction. What cannot be filed now is tried again.</summary>
    void File();
}
