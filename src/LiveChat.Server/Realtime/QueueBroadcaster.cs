using System.Text.Json;
using System.Threading.Channels;
using LiveChat.Server.Wire;
using SocketIO;

namespace LiveChat.Server.Realtime;

/// <summary>
/// Shows agents the queue as it changes, and each waiting customer its place: at most one snapshot an interval, and after a burst
/// of changes the last one sent is the newest state.
/// </summary>
internal sealed class QueueBroadcaster(
    ISocketIO io,
    IQueueReads store,
    EventRelay relay,
    WaitEstimator waits,
    IPresence presence,
    ChatOptions options,
    TimeProvider clock,
    ReadFaults faults,
    ILoggerFactory loggers) : BackgroundService, IBusSubscriber
{
    /// <summary>The least time before the store is asked again after it has failed.</summary>
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly INamespace _sockets = io.Of("/");
    private readonly ILogger _log = loggers.CreateLogger(RealtimeLog.ChatCategory);

    // One slot: what changed while a snapshot is being made is in the next one.
    private readonly Channel<bool> _changed = Channel.CreateBounded<bool>(new BoundedChannelOptions(1)
    {
        FullMode = BoundedChannelFullMode.DropWrite,
        SingleReader = true,
    });

    // A snapshot that was read earlier must not be sent later.
    private readonly SemaphoreSlim _turn = new(1, 1);

    // Guarded by itself: who is to be shown the queue for the first time.
    private readonly List<Arrival> _arrivals = [];

    // Within the turn: the last that was sent to all.
    private ReadOnlyMemory<byte> _shown;
    private int _watching;

    public void OnCommitted(IReadOnlyList<ConversationEvent> entries)
    {
        foreach (var entry in entries)
        {
            if (entry is Transition transition && ChangesQueue(transition))
            {
                _changed.Writer.TryWrite(true);
                return;
            }
        }
    }

    /// <summary>The queue may have changed without this server's having heard of it.</summary>
    public void LookAgain() => _changed.Writer.TryWrite(true);

    /// <summary>Puts the socket among those who watch, and shows it the queue. Those who come together share one read.</summary>
    public async Task JoinAsync(ISocket socket, CancellationToken cancellationToken)
    {
        // Counted before the queue is read: what changes after that is shown to it too.
        Interlocked.Increment(ref _watching);
        socket.Closed.Register(() => Interlocked.Decrement(ref _watching));
        var arrival = new Arrival(socket);
        lock (_arrivals)
            _arrivals.Add(arrival);
        await _turn.WaitAsync(cancellationToken);
        try
        {
            // Whoever had the turn before may have shown it the queue already.
            if (!arrival.Shown.Task.IsCompleted)
                await ShowAsync();
        }
        finally
        {
            _turn.Release();
        }

        await arrival.Shown.Task;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (await _changed.Reader.WaitToReadAsync(stoppingToken))
        {
            _changed.Reader.TryRead(out _);
            var pause = options.Queue.BroadcastInterval;
            try
            {
                await BroadcastAsync(stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                faults.Add(exception);
                _changed.Writer.TryWrite(true);
                pause = pause < RetryAfter ? RetryAfter : pause;
            }

            await Task.Delay(pause, clock, stoppingToken);
        }
    }

    private async Task BroadcastAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _watching) > 0)
            await ShowChangeAsync(cancellationToken);
        await TellPlacesAsync(cancellationToken);
    }

    private async Task ShowChangeAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            // What they have been shown already is not shown again.
            var snapshot = await SnapshotAsync(cancellationToken);
            if (!snapshot.Span.SequenceEqual(_shown.Span))
                _sockets.To(Rooms.Queue).Emit(EventNames.QueueSnapshot, snapshot);
            _shown = snapshot;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Within the turn: shows the queue to all who have come. What it fails with is theirs.</summary>
    private async Task ShowAsync()
    {
        Arrival[] arrivals;
        lock (_arrivals)
        {
            arrivals = [.. _arrivals];
            _arrivals.Clear();
        }

        try
        {
            // For all of them, whichever leaves meanwhile.
            var snapshot = await SnapshotAsync(CancellationToken.None);
            foreach (var arrival in arrivals)
            {
                arrival.Socket.Join(Rooms.Queue);
                arrival.Socket.Emit(EventNames.QueueSnapshot, snapshot);
                arrival.Shown.TrySetResult();
            }

            // Not everybody has been shown the same any more.
            if (!snapshot.Span.SequenceEqual(_shown.Span))
                _shown = default;
        }
        catch (Exception exception)
        {
            foreach (var arrival in arrivals)
                arrival.Shown.TrySetException(exception);
        }
    }

    private async Task<ReadOnlyMemory<byte>> SnapshotAsync(CancellationToken cancellationToken)
    {
        var queue = await store.ReadQueueAsync(after: null, 0, options.Queue.BroadcastLimit, cancellationToken);
        RealtimeLog.QueueSnapshot(_log, queue.Total, queue.Items.Count > 0 ? queue.Items[0].EnqueuedAt : null);
        return JsonSerializer.SerializeToUtf8Bytes(
            [.. queue.Items.Select(QueueEntryBody.From)],
            Json.Wire.IReadOnlyListQueueEntryBody);
    }

    private async Task TellPlacesAsync(CancellationToken cancellationToken)
    {
        var waiting = relay.Waiting.ToDictionary(feed => feed.ConversationId);
        if (waiting.Count == 0)
            return;

        var (position, wait) = (0, waits.Estimate(presence));
        foreach (var id in await store.ReadQueueOrderAsync(cancellationToken))
        {
            position++;
            if (waiting.TryGetValue(id, out var feed) && feed.Place?.Position != position)
                feed.Post(QueuePlace.At(position, wait));
        }
    }

    private static bool ChangesQueue(Transition transition) => transition.Kind switch
    {
        TransitionKind.Queued or TransitionKind.Assigned or TransitionKind.Requeued => true,
        // It shows the customer's name and number.
        TransitionKind.CustomerUpdated => transition.Conversation.Status is ConversationStatus.Queued,
        // Closed with no agent: it was waiting.
        TransitionKind.Closed => transition.Conversation.Agent is null,
        TransitionKind.Connected => false,
    };

    private sealed record Arrival(ISocket Socket)
    {
        public TaskCompletionSource Shown { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
