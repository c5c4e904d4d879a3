namespace LiveChat.Server.Storage;

/// <summary>
/// Group commit: what callers want written waits here together and is committed together, so it shares one fsync. There is no
/// delay for company: while one batch commits the next one gathers, and a lone write goes at once.
/// </summary>
/// <remarks>
/// One thread of its own runs the batches. At most <see cref="Capacity"/> writes wait; one more is refused as unavailable, as is
/// one that was not begun within <see cref="_timeout"/>. One that was begun and is not answered by then is told that its outcome is
/// not known, since a commit that hangs may still succeed. A write that fails fails its own caller only: the batch is rolled
/// back and its writes run again one by one.
/// </remarks>
internal sealed class WriteQueue : IAsyncDisposable
{
    public const int Capacity = 4096;

    private readonly IWriteTransactions _transactions;
    private readonly IEventBus _bus;
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

    public WriteQueue(
        IWriteTransactions transactions,
        Func<Exception, Exception> translate,
        IEventBus bus,
        TimeSpan timeout,
        TimeProvider clock,
        ILogger log)
    {
        (_transactions, _translate, _bus, _timeout, _clock, _log) = (transactions, translate, bus, timeout, clock, log);
        _thread = new Thread(Run) { IsBackground = true, Name = "store writer" };
        _thread.Start();
        _watchdog = clock.CreateTimer(_ => FailOverdue(), null, timeout / 4, timeout / 4);
    }

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
            if (_gathering.Count == 1)
                Monitor.Pulse(_gate);
        }

        return write.Task;
    }

    /// <summary>Writes what waits, then stops. Later writes are refused.</summary>
    public async ValueTask DisposeAsync()
    {
        await _watchdog.DisposeAsync();
        lock (_gate)
        {
            _stopping = true;
            Monitor.Pulse(_gate);
        }

        await _stopped.Task;
    }

    private void Run()
    {
        while (TakeBatch() is { } batch)
        {
            WriteTogether(batch);
            lock (_gate)
                batch.Clear();
        }

        _stopped.SetResult();
    }

    private List<Write>? TakeBatch()
    {
        lock (_gate)
        {
            while (_gathering.Count == 0)
            {
                if (_stopping)
                    return null;
                Monitor.Wait(_gate);
            }

            (_gathering, _writing) = (_writing, _gathering);
            return _writing;
        }
    }

    private void WriteTogether(List<Write> batch)
    {
        try
        {
            _transactions.Begin();
            foreach (var write in batch)
                write.Execute();
            Commit();
        }
        catch (Exception) when (batch.Count > 1)
        {
            // Which one failed, or whether it was the commit, does not matter: alone, each gets its own answer.
            _transactions.Rollback();
            foreach (var write in batch)
                WriteAlone(write);
            return;
        }
        catch (Exception exception)
        {
            _transactions.Rollback();
            Fail(batch[0], exception);
            return;
        }

        foreach (var write in batch)
            write.Succeed();
    }

    private void WriteAlone(Write write)
    {
        try
        {
            _transactions.Begin();
            write.Execute();
            Commit();
        }
        catch (Exception exception)
        {
            _transactions.Rollback();
            Fail(write, exception);
            return;
        }

        write.Succeed();
    }

    private void Commit()
    {
        // 4 The bus is told in the order of the commits, before a caller is answered.
        var committed = _transactions.Commit();
        if (committed.Count > 0)
            _bus.Publish(committed);
    }

    private void Fail(Write write, Exception exception)
    {
        var translated = _translate(exception);
        if (translated is ChatException)
            Log.StoreFailed(_log, exception);
        write.Fail(translated);
    }

    private void FailOverdue()
    {
        lock (_gate)
        {
            foreach (var write in _gathering.Concat(_writing))
            {
                if (_clock.GetElapsedTime(write.Since) > _timeout && write.GiveUp())
                    Log.StoreStalled(_log, _timeout);
            }
        }
    }

    private abstract class Write(long since)
    {
        private const int Waiting = 0, Begun = 1, GivenUp = 2;

        private static readonly ChatError OutcomeUnknown = new(
            ErrorCodes.Internal,
            "The store did not answer in time, and whether it stored this is not known: repeat it with the same client message id.");

        private int _state;

        public long Since { get; } = since;

        /// <summary>Runs the work, unless its caller was told already that nothing was stored.</summary>
        public void Execute()
        {
            if (Interlocked.CompareExchange(ref _state, Begun, Waiting) != GivenUp)
                Work();
        }

        /// <summary>Answers a caller who has waited too long; false when it was answered before.</summary>
        public bool GiveUp() => Fail(new ChatException(
            Interlocked.CompareExchange(ref _state, GivenUp, Waiting) == Begun ? OutcomeUnknown : ChatError.Unavailable));

        protected abstract void Work();

        public abstract void Succeed();

        public abstract bool Fail(Exception exception);
    }

    private sealed class Write<T>(Func<T> work, long since) : Write(since)
    {
        private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T _result = default!;

        public Task<T> Task => _answer.Task;

        protected override void Work() => _result = work();

        public override void Succeed() => _answer.TrySetResult(_result);

        public override bool Fail(Exception exception) => _answer.TrySetException(exception);
    }
}

/// <summary>The transactions of one connection, used by one thread.</summary>
internal interface IWriteTransactions
{
    void Begin();

    /// <summary>Makes durable what was written since <see cref="Begin"/>, and gives the entries that the log gained, in order.</summary>
    IReadOnlyList<ConversationEvent> Commit();

    /// <summary>Never throws; without a transaction it does nothing.</summary>
    void Rollback();
}
