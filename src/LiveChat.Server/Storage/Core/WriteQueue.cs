using System.Diagnostics;

namespace LiveChat.Server.Storage.Core;

/// <summary>
/// Group commit: calls gather here while the batch before them is being written, and are then written together, so they share one sync
/// of the disk. A lone call goes at once.
/// </summary>
/// <remarks>
/// One thread of its own runs the batches. At most <see cref="Capacity"/> calls wait; one more is refused as unavailable, as is
/// one that was not begun within the time limit. A call that fails fails its own caller only: the calls of its batch run again one by
/// one. Where the database itself failed, all of the batch fail: it would be the same for each of them alone, and each would wait as long.
/// </remarks>
internal sealed class WriteQueue
{
    public const int Capacity = 4096;

    private readonly IStoreEngine _engine;
    private readonly BatchRunner _runner;
    private readonly IEventBus _bus;
    private readonly Answers _answers;
    private readonly StoreFaults _faults;
    private readonly StoreMetrics? _metrics;
    private readonly TimeProvider _clock;
    private readonly TimeSpan _timeout;
    private readonly object _gate = new();
    private readonly Thread _thread;
    private readonly ITimer _watchdog;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Guarded by _gate. The two lists change places: one gathers while the other is being written.
    private List<PendingCall> _gathering = [];
    private List<PendingCall> _writing = [];
    private bool _stopping;

    private readonly object _pausing = new();

    private volatile bool _isFailing;

    // Why the database was interrupted last.
    private volatile string? _interruption;

    // Guarded by _pausing: nobody waits any more for what is still to be written.
    private bool _isAbandoned;

    public WriteQueue(IStoreEngine engine, IEventBus bus, Answers answers, StoreFaults faults, StoreMetrics? metrics, TimeSpan timeout, TimeProvider clock)
    {
        (_engine, _runner, _bus, _answers, _faults, _metrics, _timeout, _clock) =
            (engine, new BatchRunner(engine, clock), bus, answers, faults, metrics, timeout, clock);
        _thread = new Thread(Run) { IsBackground = true, Name = "store writer" };
        _thread.Start();
        _watchdog = clock.CreateTimer(_ => FailOverdue(), null, timeout / 20, timeout / 20);
    }

    /// <summary>Whether the store failed, or did not answer in time, and has committed nothing since.</summary>
    public bool IsFailing => _isFailing;

    /// <summary>Takes in what was committed elsewhere.</summary>
    public void Observe(IReadOnlyList<ConversationEvent> entries) => _runner.Observe(entries);

    /// <summary>Completes after the commit that holds what the command decided.</summary>
    public Task<Decision> RunAsync(Command command, CancellationToken cancellationToken)
    {
        var call = new CommandCall(command, _clock.GetTimestamp()) { Trace = ChatTraces.IsListened ? Activity.Current : null };
        Add(call, cancellationToken);
        return call.Task;
    }

    /// <summary>Runs other work on the thread that writes, which begins and commits its own transaction.</summary>
    /// <param name="work">The work.</param>
    /// <param name="changesConversations">Whether conversations must be read anew after it.</param>
    /// <param name="cancellationToken">Looked at before the call is taken.</param>
    public Task<T> RunAsync<T>(Func<T> work, bool changesConversations, CancellationToken cancellationToken)
    {
        var call = new WorkCall<T>(work, changesConversations, _clock.GetTimestamp());
        Add(call, cancellationToken);
        return call.Task;
    }

    /// <summary>Writes what waits, then stops; later calls are refused. False when the store hangs and the thread with it.</summary>
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
        lock (_pausing)
        {
            _isAbandoned = true;
            Monitor.PulseAll(_pausing);
        }

        return _stopped.Task.IsCompleted;
    }

    private void Add(PendingCall call, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            if (_stopping || _gathering.Count >= Capacity)
                throw new ChatException(ChatError.Unavailable);

            _gathering.Add(call);
            if (_gathering.Count == 1)
                Monitor.Pulse(_gate);
        }
    }

    private void Run()
    {
        var commands = new List<CommandCall>();
        while (TakeBatch() is { } batch)
        {
            foreach (var call in batch)
            {
                if (call is CommandCall command)
                {
                    commands.Add(command);
                    continue;
                }

                WriteTogether(commands);
                RunAlone((WorkCall)call);
            }

            WriteTogether(commands);
            lock (_gate)
                batch.Clear();
            _interruption = null;
            if (_engine.MaintenanceDue <= TimeSpan.Zero)
                _engine.Maintain();
        }

        _stopped.SetResult();
    }

    /// <summary>The next batch, which is empty when only maintenance is due; null at the end.</summary>
    private List<PendingCall>? TakeBatch()
    {
        lock (_gate)
        {
            while (_gathering.Count == 0)
            {
                if (_stopping)
                    return null;
                if (_engine.MaintenanceDue is not { } due)
                    Monitor.Wait(_gate);
                else if (due <= TimeSpan.Zero || !Monitor.Wait(_gate, due))
                    return _writing;
            }

            (_gathering, _writing) = (_writing, _gathering);
            return _writing;
        }
    }

    /// <summary>Writes the commands and clears the list.</summary>
    private void WriteTogether(List<CommandCall> calls)
    {
        for (var pauses = new RetryPauses(); ;)
        {
            calls.RemoveAll(call => call.IsOver);
            if (calls.Count == 0)
                return;

            try
            {
                Write(calls);
                pauses = new RetryPauses();
            }
            catch (StoreInterruptedException interruption) when (TryPause(interruption, pauses.Next()))
            {
                // Those who are not answered yet are written again.
            }
            catch (Exception exception) when (exception is ChatException or StoreInterruptedException || calls.Count == 1)
            {
                Fail(calls, exception is StoreInterruptedException ? new ChatException(ChatError.Unavailable, exception) : exception);
                calls.Clear();
            }
            catch (Exception)
            {
                // Which one failed, or whether it was the commit, does not matter: alone, each gets its own answer.
                foreach (var call in calls.ToList())
                    WriteTogether([call]);
                calls.Clear();
            }
        }
    }

    /// <summary>Decides and writes, publishes what was committed, answers whose decision counts, and leaves the others in the list.</summary>
    private void Write(List<CommandCall> calls)
    {
        var began = _clock.GetTimestamp();
        var (committed, done, again) = Wait(_runner.RunAsync(calls));
        if (done.Count > 0)
            _metrics?.Appended(_clock.GetElapsedTime(began), done.Count);
        _isFailing &= committed.Count == 0;

        if (ChatTraces.IsListened)
            NoteTraces(done);

        // 4 The bus is told in the order of the commits, before a caller is answered.
        if (committed.Count > 0)
            _bus.Publish(committed);
        _answers.Succeed(done);
        calls.Clear();
        calls.AddRange(again);
    }

    /// <summary>Waits before the next try; false when there is none.</summary>
    private bool TryPause(StoreInterruptedException interruption, TimeSpan pause)
    {
        _interruption = interruption.Message;
        lock (_pausing)
            return !_isAbandoned && (!Monitor.Wait(_pausing, pause) || !_isAbandoned);
    }

    private static void NoteTraces(List<CommandCall> calls)
    {
        foreach (var call in calls)
        {
            foreach (var entry in call.Trace is null ? [] : call.Decision?.Entries ?? [])
                ChatTraces.Note(entry, call.Trace!.Context);
        }
    }

    private void RunAlone(WorkCall call)
    {
        if (!call.TryBegin())
            return;

        if (call.ChangesConversations)
            _runner.Forget();
        for (var pauses = new RetryPauses(); !call.IsOver;)
        {
            try
            {
                call.Run();
                _isFailing = false;
                call.Succeed();
            }
            catch (StoreInterruptedException interruption) when (TryPause(interruption, pauses.Next()))
            {
                // Whatever it did can be done again.
            }
            catch (Exception exception)
            {
                Fail([call], exception is StoreInterruptedException ? new ChatException(ChatError.Unavailable, exception) : exception);
            }
        }
    }

    private void Fail(IReadOnlyCollection<PendingCall> calls, Exception exception)
    {
        if (exception is ChatException)
        {
            _isFailing = true;
            _faults.Failed(calls.Count, exception);
        }

        foreach (var call in calls)
            call.Fail(exception);
    }

    private void FailOverdue()
    {
        int givenUp;
        lock (_gate)
            givenUp = _gathering.Concat(_writing).Count(call => _clock.GetElapsedTime(call.Since) > _timeout && call.GiveUp());
        if (givenUp == 0)
            return;

        _isFailing = true;
        _faults.Stalled(givenUp, _timeout, _interruption);
    }

    /// <summary>An engine that is called by a thread of its own answers on it: there is nothing to wait for.</summary>
    private static T Wait<T>(ValueTask<T> answer) => answer.IsCompleted ? answer.GetAwaiter().GetResult() : answer.AsTask().GetAwaiter().GetResult();
}
