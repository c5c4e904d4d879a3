using LiveChat.Server.Storage.Sql;

namespace LiveChat.Server.Storage.Core;

/// <summary>What the domain needs of a store, on any engine: commands are written together, reads go beside them.</summary>
/// <remarks>
/// Each engine is a lane: it writes one batch at a time, and a conversation's commands are always written by the same, so that they find what is
/// remembered of it. An engine that nobody shares has one.
/// </remarks>
internal sealed class ChatStore :
    IConversationStore, IConversationLog, IQueueReads, IHousekeepingStore, IPeopleStore, IPresenceStore, IStoreHealth, IStoreTotals, IBusSubscriber, IAsyncDisposable
{
    /// <summary>Who asks whether the store is well is to be answered while it is not, and before the probe gives up.</summary>
    private static readonly TimeSpan TrialTimeout = TimeSpan.FromSeconds(1);

    private readonly IReadOnlyList<IStoreEngine> _engines;
    private readonly IStoreReaders _readers;
    private readonly ISqlDialect _dialect;
    private readonly StoreFaults _faults;
    private readonly WriteQueue[] _lanes;
    private readonly IMessageCount _messages;
    private readonly TimeSpan _stopWithin;

    // Guarded by _gate: the write by which it is found whether the store that failed is well again.
    private readonly Lock _gate = new();
    private Task _trial = Task.CompletedTask;

    /// <param name="engines">What writes, one for each lane; the store's own from now on.</param>
    /// <param name="readers">What reads.</param>
    /// <param name="dialect">How the engine spells what all engines have.</param>
    /// <param name="messages">How it is counted.</param>
    /// <param name="bus">What is told of each commit.</param>
    /// <param name="answers">How callers are answered.</param>
    /// <param name="writeTimeout">How long a write may take before its caller is told.</param>
    /// <param name="stopWithin">How long the last writes may take when the store is disposed of.</param>
    /// <param name="log">Where the operator is told.</param>
    /// <param name="metrics">Where commits are measured; null where nobody looks.</param>
    public ChatStore(
        IReadOnlyList<IStoreEngine> engines,
        IStoreReaders readers,
        ISqlDialect dialect,
        IMessageCount messages,
        IEventBus bus,
        Answers answers,
        TimeSpan writeTimeout,
        TimeSpan stopWithin,
        ILogger log,
        StoreMetrics? metrics)
    {
        (_engines, _readers, _dialect, _stopWithin) = (engines, readers, dialect, stopWithin);
        _messages = messages;

        // In the real time, like the disk, whatever clock the product is given: days that are skipped are not days that it hangs.
        _faults = new StoreFaults(log, TimeProvider.System);
        _lanes = [.. engines.Select(engine => new WriteQueue(engine, bus, answers, _faults, metrics, writeTimeout, TimeProvider.System))];
    }

    /// <summary>What is remembered of conversations goes on with what others wrote.</summary>
    public void OnCommitted(IReadOnlyList<ConversationEvent> entries)
    {
        foreach (var lane in _lanes)
            lane.Observe(entries);
    }

    public Task<Decision> StartAsync(StartConversation start, CancellationToken cancellationToken) => AppendAsync(start, cancellationToken);

    // 3 The append: the command decides and its entries are written in the transaction of the batch that it shares.
    public Task<Decision> ApplyAsync(ConversationCommand command, CancellationToken cancellationToken) => AppendAsync(command, cancellationToken);

    public Task<FoundConversation?> FindWithPositionAsync(Guid conversationId, CancellationToken cancellationToken) =>
        _readers.ReadAsync(reads => reads.FindWithPositionAsync(conversationId), cancellationToken);

    public Task<FoundConversation?> FindActiveAsync(string customerId, CancellationToken cancellationToken) =>
        _readers.ReadAsync(reads => reads.FindActiveAsync(customerId), cancellationToken);

    public Task<Counted<FoundConversation>> ListAsync(ConversationFilter filter, ConversationOrder order, int count, CancellationToken cancellationToken) =>
        _readers.ReadAsync(reads => reads.ListAsync(filter, order, count), cancellationToken);

    public Task<LogPage<Message>?> ReadMessagesAsync(Guid conversationId, LogRange range, CancellationToken cancellationToken) =>
        _readers.ReadAsync(reads => reads.ReadMessagesAsync(conversationId, range), cancellationToken);

    public Task<LogPage<ConversationEvent>?> ReadEventsAsync(Guid conversationId, LogRange range, CancellationToken cancellationToken) =>
        _readers.ReadAsync(reads => reads.ReadEventsAsync(conversationId, range), cancellationToken);

    public Task<Counted<QueueEntry>> ReadQueueAsync(long? after, long offset, int count, CancellationToken cancellationToken) =>
        _readers.ReadAsync(reads => reads.ReadQueueAsync(after, offset, count), cancellationToken);

    public Task<IReadOnlyList<Guid>> ReadQueueOrderAsync(CancellationToken cancellationToken) =>
        _readers.ReadAsync(reads => reads.ReadQueueOrderAsync(), cancellationToken);

    public Task<IReadOnlyList<DateTimeOffset>> ReadRecentAcceptsAsync(int count, CancellationToken cancellationToken) =>
        _readers.ReadAsync(reads => reads.ReadRecentAcceptsAsync(count), cancellationToken);

    public Task<IReadOnlyList<Candidate>> FindExpiredAsync(ExpiryTimes times, long? after, int count, CancellationToken cancellationToken) =>
        _readers.ReadAsync(reads => reads.FindExpiredAsync(times, after, count), cancellationToken);

    public Task<IReadOnlyList<HeldConversation>> ReadHeldAsync(CancellationToken cancellationToken) =>
        _readers.ReadAsync(reads => reads.ReadHeldAsync(), cancellationToken);

    public Task<IReadOnlyList<Guid>> FindOpenAsync(Participant participant, CancellationToken cancellationToken) =>
        _readers.ReadAsync(reads => reads.FindOpenAsync(participant), cancellationToken);

    public Task<IReadOnlyList<Participant>> ReadWithSocketsAsync(CancellationToken cancellationToken) =>
        _readers.ReadAsync(reads => reads.ReadWithSocketsAsync(), cancellationToken);

    public Task<IReadOnlyList<FoundConversation>> ReadCustomerAsync(string customerId, long after, int count, CancellationToken cancellationToken) =>
        _readers.ReadAsync(reads => reads.ReadCustomerAsync(customerId, after, count), cancellationToken);

    public Task NoteSocketsAsync(IReadOnlyCollection<SocketNote> notes, CancellationToken cancellationToken) => _lanes[0].RunAsync(
        () => _engines[0].RunAlone(connection =>
        {
            foreach (var note in notes)
                connection.NoteSocket(note, _dialect);
            return true;
        }),
        changesConversations: false,
        cancellationToken);

    public async Task<Erasure> EraseAsync(Guid conversationId, string customerId, CancellationToken cancellationToken)
    {
        var messages = 0L;
        for (long? next = 0; next is { } after;)
        {
            var part = await RemoveAsync(removal => removal.Erase(conversationId, customerId, after), cancellationToken);
            messages += part.Messages;
            if (part.Finished)
            {
                // As far as readers let it, and without making the caller wait for them.
                await _lanes[0].RunAsync(() => _engines[0].TryEmptyLog(), changesConversations: false, cancellationToken);
                return new Erasure(1, messages);
            }

            next = part.Next;
        }

        return new Erasure(0, messages);
    }

    public async Task<int> RemoveClosedAsync(DateTimeOffset closedBefore, int count, CancellationToken cancellationToken)
    {
        var removed = 0;
        while (removed < count)
        {
            var part = await RemoveAsync(removal => removal.RemoveClosed(closedBefore), cancellationToken);
            if (part is RemovedPart.None)
                break;
            _messages.Forget();
            if (part is RemovedPart.Last)
                removed++;
        }

        return removed;
    }

    public Task<StoreTotals> ReadTotalsAsync(CancellationToken cancellationToken) =>
        _readers.ReadAsync(reads => reads.ReadTotalsAsync(), cancellationToken);

    public async Task<StoreSize> ReadSizeAsync(CancellationToken cancellationToken) => new(
        await _readers.ReadAsync(reads => reads.ReadBytesAsync(), cancellationToken),
        await _readers.ReadAsync(reads => reads.CountConversationsAsync(), cancellationToken),
        await _messages.ReadAsync(cancellationToken));

    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            await AskAndTryAsync(cancellationToken);
        }
        catch (ChatException exception)
        {
            _faults.Failed(1, exception);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        // A writer that hangs is left to the end of the process; nothing that it still holds was acknowledged.
        var stopped = await Task.WhenAll(_lanes.Select(lane => lane.StopAsync(_stopWithin)));
        foreach (var (engine, isStopped) in _engines.Zip(stopped))
        {
            if (isStopped)
                engine.Dispose();
        }

        _faults.Dispose();
        (_messages as IDisposable)?.Dispose();
        (_readers as IDisposable)?.Dispose();
    }

    private async Task AskAndTryAsync(CancellationToken cancellationToken)
    {
        await WithinAsync(_readers.ReadAsync(reads => reads.CountQueueAsync(), cancellationToken), cancellationToken);
        if (_engines.Any(engine => engine.Fault is not null))
            throw new ChatException(ChatError.Unavailable);
        if (!_lanes.Any(lane => lane.IsFailing))
            return;

        // One at a time, and without end if the store hangs: whoever asks meanwhile has waited for long enough.
        Task trial;
        lock (_gate)
            trial = _trial = _trial.IsCompleted ? TryWriteAsync() : _trial;
        await WithinAsync(trial, cancellationToken);

        static async Task WithinAsync(Task task, CancellationToken cancellationToken)
        {
            try
            {
                await task.WaitAsync(TrialTimeout, TimeProvider.System, cancellationToken);
            }
            catch (TimeoutException exception)
            {
                throw new ChatException(ChatError.Unavailable, exception);
            }
        }
    }

    private Task<Decision> AppendAsync(Command command, CancellationToken cancellationToken) =>
        ChatTraces.IsListened ? TraceAsync(command, cancellationToken) : LaneOf(command).RunAsync(command, cancellationToken);

    /// <summary>From the call to its commit: what others in the same batch take is part of it.</summary>
    private async Task<Decision> TraceAsync(Command command, CancellationToken cancellationToken)
    {
        using var trace = ChatTraces.Append();
        return await LaneOf(command).RunAsync(command, cancellationToken);
    }

    /// <summary>Writes something that nobody reads.</summary>
    private Task TryWriteAsync() => Task.WhenAll(_lanes.Zip(_engines, (lane, engine) => lane.RunAsync(
        () => engine.RunAlone(connection => connection.Execute(Statements.WriteTrial, ("@value", Guid.NewGuid().ToByteArray()))),
        changesConversations: false,
        CancellationToken.None)));

    private WriteQueue LaneOf(Command command)
    {
        if (_lanes.Length == 1)
            return _lanes[0];

        var hash = command switch
        {
            ConversationCommand of => of.ConversationId.GetHashCode(),
            StartConversation start => start.Customer.Id.GetHashCode(StringComparison.Ordinal),
            _ => 0,
        };
        return _lanes[(uint)hash % _lanes.Length];
    }

    private Task<T> RemoveAsync<T>(Func<SqlRemoval, T> remove, CancellationToken cancellationToken) => _lanes[0].RunAsync(
        () => _engines[0].RunAlone(connection => remove(new SqlRemoval(connection, _dialect))),
        changesConversations: true,
        cancellationToken);
}
