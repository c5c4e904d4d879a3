using System.Text.Json;
using LiveChat.Server.Wire;
using SocketIO;

namespace LiveChat.Server.Realtime;

/// <summary>
/// One conversation's log on its way to this server's sockets: in order, without a gap and without a repeat. What happens to it
/// is done one thing at a time, from a mailbox: an entry that came, a socket that joins, a passing signal.
/// </summary>
/// <remarks>
/// The mailbox holds at most <see cref="MailboxLimit"/> entries; what does not fit is read from the store later, as is what the
/// bus lost. Who has gone or come back fits always: nowhere else is it kept, and the grace makes it rare. Nothing waits for a slow
/// socket: emitting only queues, and the socket's own send buffer is bounded.
/// </remarks>
internal sealed class ConversationFeed
{
    /// <summary>How many entries are read from the store at once.</summary>
    public const int PageSize = 200;

    private const int MailboxLimit = 1024;

    /// <summary>So many items are dealt with on the thread that woke it; the rest is the thread pool's.</summary>
    private const int MostInARow = 32;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly IConversationLog _conversationLog;
    private readonly ISocketPresence _presence;
    private readonly TimeProvider _clock;
    private readonly ReadFaults _faults;
    private readonly RelayMetrics _metrics;
    private readonly Action<ConversationFeed, string> _lost;
    private readonly INamespace _sockets;
    private readonly Rooms _rooms;
    private readonly BroadcastOperator _room;
    private readonly BroadcastOperator _customer;
    private readonly ConversationSignals _signals;
    private readonly string _name;

    // Guarded by _gate.
    private readonly Lock _gate = new();
    private readonly Queue<object> _mail = [];
    private bool _running;
    private bool _behind;
    private bool _retired;
    private int _members;
    private Task? _following;

    // Owned by whoever runs the mailbox. Before the first socket has joined nothing is delivered and nothing known.
    private long _delivered = -1;
    private Conversation? _conversation;

    // As the last transition said that came, which may wait in the mailbox.
    private Conversation? _heard;

    // The last one delivered after that.
    private Message? _newest;

    // What its sockets were told last of each side's being there; null when nothing.
    private PresenceChange? _customerTold;
    private PresenceChange? _agentTold;
    private ITimer? _retry;

    public ConversationFeed(
        Guid conversationId,
        StoreEpoch epoch,
        INamespace sockets,
        IConversationLog conversationLog,
        ISocketPresence presence,
        TimeProvider clock,
        ReadFaults faults,
        RelayMetrics metrics,
        Action<ConversationFeed, string> lost)
    {
        ConversationId = conversationId;
        (_sockets, _conversationLog, _presence, _clock, _faults, _metrics, _lost) = (sockets, conversationLog, presence, clock, faults, metrics, lost);
        _name = ResumePoint.Name(conversationId, epoch);
        _rooms = new Rooms(conversationId);
        _room = sockets.To(_rooms.All);
        _customer = sockets.To(_rooms.Customer);
        _signals = new ConversationSignals(sockets, _rooms, clock, Enqueue);
    }

    public Guid ConversationId { get; }

    /// <summary>How much of it was delivered; null before the first socket has joined. May be a moment old.</summary>
    public LogPosition? Position => Volatile.Read(ref _delivered) is var delivered and >= 0
        ? new LogPosition(ConversationId, delivered, Known?.Read ?? ReadMarkers.None)
        : null;

    /// <summary>Completes when what any server publishes of it comes here. Begun by the first who asks.</summary>
    public Task FollowAsync(IEventBus bus)
    {
        lock (_gate)
            return _following ??= bus.FollowAsync(ConversationId, CancellationToken.None).AsTask();
    }

    /// <summary>Where its customer stands, null when it is not queued or not known. May be a moment old.</summary>
    public QueuePlace? Place => Volatile.Read(ref _conversation)?.Queue;

    /// <summary>What the conversation stands at but for its newest messages, as far as it was delivered; null when nothing was.</summary>
    public Conversation? Delivered => Volatile.Read(ref _conversation);

    /// <summary>What the conversation stands at but for its newest messages, null when nothing is known yet. May be a moment old.</summary>
    public Conversation? Known
    {
        get
        {
            var (heard, delivered) = (Volatile.Read(ref _heard), Delivered);
            return heard?.LastSequence > (delivered?.LastSequence ?? 0) ? heard : delivered;
        }
    }

    /// <summary>Counts a socket that is about to join; false when the feed has been given up and another must be made.</summary>
    public bool TryEnter()
    {
        lock (_gate)
        {
            if (_retired)
                return false;

            _members++;
            return true;
        }
    }

    /// <summary>A socket left, or its join came to nothing. True when it was the last one, and the feed is given up.</summary>
    public bool Leave()
    {
        lock (_gate)
        {
            _retired = --_members == 0;
            return _retired;
        }
    }

    /// <summary>An entry was committed. True when the caller must have <see cref="Run"/> called, once for each time.</summary>
    public bool TryPost(ConversationEvent entry)
    {
        if (entry is Transition transition && transition.Sequence > (Volatile.Read(ref _heard)?.LastSequence ?? 0))
            Volatile.Write(ref _heard, transition.Conversation);
        return TryEnqueue(entry);
    }

    /// <summary>Something passes between those who are in it.</summary>
    public void Post(Signal signal) => Enqueue(signal);

    /// <summary>A participant, who may be in it, has gone or come back.</summary>
    public void Post(ToldPresence told)
    {
        // May be a moment old: whoever has joined since was told where that stands.
        if (Volatile.Read(ref _conversation) is not { IsClosed: false } conversation)
            return;
        if (told.Participant.Type is ParticipantType.Customer ? conversation.Customer.Id == told.Participant.Id : conversation.Agent?.Id == told.Participant.Id)
            Enqueue(new PresenceChange(ConversationId, new Participant(told.Participant.Id, told.Participant.Type, DisplayName: null), told.IsPresent, told.At));
    }

    /// <summary>The customer has another place in the queue.</summary>
    public void Post(QueuePlace place) => Enqueue(place);

    /// <summary>Runs the mailbox until it is empty: here for a few items, or until the first read of the store.</summary>
    public void Run() => _ = RunAsync();

    /// <summary>The socket goes on in another conversation.</summary>
    public void Expel(ISocket socket)
    {
        socket.Leave(_rooms.All);
        socket.Leave(_rooms.Customer);
        socket.Leave(_rooms.Agent);
    }

    /// <summary>
    /// Gives the socket what came after <paramref name="from"/> and all that follows, and says if the other side is away. One that is
    /// back may have been told so, and have missed that the other side returned: it is told where that stands. Completes when
    /// the socket is a member; the store's refusal is the caller's.
    /// </summary>
    public Task JoinAsync(ISocket socket, Conversation known, long from, Seat seat, bool isBack)
    {
        var join = new Join(socket, known, from, seat, isBack);
        Enqueue(join);
        return join.Done.Task;
    }

    private void Enqueue(object item)
    {
        if (TryEnqueue(item))
            RunElsewhere();
    }

    private void RunElsewhere() => ThreadPool.UnsafeQueueUserWorkItem(static feed => feed.Run(), this, preferLocal: false);

    private bool TryEnqueue(object item)
    {
        lock (_gate)
        {
            if (_retired)
                return false;
            if (_mail.Count >= MailboxLimit && item is not (Join or PresenceChange))
            {
                _behind |= item is ConversationEvent;
                return false;
            }

            _mail.Enqueue(item);
            if (_running)
                return false;
            _running = true;
            return true;
        }
    }

    private async Task RunAsync()
    {
        for (var taken = 0; TryTake(out var item, out var behind);)
        {
            if (behind || item is CatchUp)
                await TryAsync(CatchUpAsync);
            if (item is Join join)
                await JoinOrFailAsync(join);
            else if (item is not null)
                await TryAsync(() => HandleAsync(item));

            if (++taken == MostInARow)
            {
                RunElsewhere();
                return;
            }
        }
    }

    private ValueTask HandleAsync(object item)
    {
        switch (item)
        {
            case ConversationEvent entry:
                return DeliverAsync(entry);
            case PresenceChange change:
                Signal(change);
                break;
            case ReadChange change:
                _signals.Show(change, ParticipantOf(change));
                break;
            case TypingChange change:
                Signal(change);
                break;
            case ConversationSignals.Shown shown:
                _signals.Expire(shown);
                break;
            case QueuePlace place:
                Signal(place);
                break;
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Does one thing. Whatever it throws, the mailbox goes on, and what was missed is read from the store later.</summary>
    private async ValueTask TryAsync(Func<ValueTask> work)
    {
        try
        {
            await work();
        }
        catch (Exception exception)
        {
            RetryLater(exception);
        }
    }

    /// <summary>What a join fails with is its caller's.</summary>
    private async ValueTask JoinOrFailAsync(Join join)
    {
        try
        {
            await JoinAsync(join);
        }
        catch (Exception exception)
        {
            join.Done.TrySetException(exception);
        }
    }

    private bool TryTake(out object? item, out bool behind)
    {
        lock (_gate)
        {
            // Given up: another feed may be delivering to the same room by now.
            if (_retired)
                _mail.Clear();
            behind = _behind && !_retired;
            _behind = false;
            _running = _mail.TryDequeue(out item) || behind;
            return _running;
        }
    }

    // 5 An entry that comes early waits for the read that fills the gap; one that was read already is dropped.
    private async ValueTask DeliverAsync(ConversationEvent entry)
    {
        if (_delivered < 0 || entry.Sequence <= _delivered)
            return;
        if (entry.Sequence > _delivered + 1)
            await CatchUpAsync();
        if (entry.Sequence == _delivered + 1)
            Deliver(entry);
    }

    private void Deliver(ConversationEvent entry)
    {
        using var trace = ChatTraces.Emit(entry);
        var (name, json) = Encode(entry);
        using (json)
            _room.WithOffset(Offset(entry.Sequence)).Emit(name, json.Bytes);
        _delivered = entry.Sequence;
        Note(entry);
        _signals.Note(entry);

        // Whoever held it until now and opened a socket at the last moment does not read on what it says to the next one.
        if (entry is Transition { Kind: TransitionKind.Requeued })
            _sockets.To(_rooms.Agent).SocketsLeave(_rooms.All, _rooms.Agent);
        if (LoserBy(entry) is { } agentId)
            _lost(this, agentId);
    }

    /// <summary>The agent who has no part in the conversation any more after this entry; null when nobody lost it.</summary>
    private static string? LoserBy(ConversationEvent entry) => entry switch
    {
        Transition { Kind: TransitionKind.Requeued } requeued => requeued.Participant!.Id,
        Transition { Kind: TransitionKind.Closed } closed => closed.Conversation.Agent?.Id,
        _ => null,
    };

    private async ValueTask CatchUpAsync()
    {
        if (_delivered < 0)
            return;

        var from = _delivered;
        LogPage<ConversationEvent> page;
        do
        {
            page = await ReadAsync(_delivered);
            foreach (var entry in page.Items)
                Deliver(entry);
        }
        while (page.HasNewer);
        if (_delivered > from)
            _metrics.GapFilled();
    }

    private async Task JoinAsync(Join join)
    {
        var told = join.Known.Read;
        if (_delivered >= 0 && Math.Max(join.From, join.Known.LastSequence) > _delivered)
            await CatchUpAsync();
        var agentId = join.Known.Agent?.Id;

        // Others may be ahead of it: what they have, it gets first.
        var reached = join.From;
        while (_delivered < 0 || reached < _delivered)
        {
            var page = await ReadAsync(reached);
            foreach (var entry in page.Items.TakeWhile(e => _delivered < 0 || e.Sequence <= _delivered))
            {
                Emit(join.Socket, entry);
                reached = entry.Sequence;
                if (_delivered < 0 && entry.Sequence > join.Known.LastSequence)
                    join.Known = join.Known.After(entry);
            }

            if (!page.HasNewer)
                break;
        }

        if (_delivered < 0)
        {
            _delivered = reached;
            Volatile.Write(ref _conversation, join.Known);
            _customerTold = ToldOf(join.Known.Customer.AsParticipant(), join.Known.CreatedAt);
            _agentTold = join.Known.Agent is { } agent ? ToldOf(agent.AsParticipant(), join.Known.AcceptedAt) : null;
        }

        // It has lost the conversation since it was let in: what the customer says from now on is for another.
        if (join.Seat is Seat.Agent && Current?.Agent?.Id != agentId)
            throw new ChatException(ChatError.NotYours);

        join.Socket.Join(_rooms.All);
        if (join.Seat is not Seat.Listener)
            join.Socket.Join(join.Seat is Seat.Customer ? _rooms.Customer : _rooms.Agent);
        if ((join.Seat is Seat.Customer ? _agentTold : _customerTold) is { } presence && (join.IsBack || !presence.IsPresent) && Current is { IsClosed: false } conversation)
            join.Socket.Emit(EventNames.SystemEvent, Encode(Presence(conversation, presence)));
        _signals.Tell(join.Socket, join.Seat, told);
        join.Done.TrySetResult();
    }

    /// <summary>Whoever was away before having a part in it, and has had one without a socket since, is not away from it.</summary>
    private PresenceChange? ToldOf(Participant participant, DateTimeOffset? since) =>
        _presence.ToldOf(participant, ConversationId) is { } told && told.At >= since ? told : null;

    private void Signal(PresenceChange change)
    {
        if (Current is not { IsClosed: false } conversation)
            return;

        // An agent that has lost the conversation is no longer part of it.
        var isAgent = change.Participant.Type is ParticipantType.Agent;
        if (isAgent && conversation.Agent?.Id != change.Participant.Id)
            return;

        // Known already when it came while the first socket joined.
        ref var told = ref isAgent ? ref _agentTold : ref _customerTold;
        if (told?.IsPresent == change.IsPresent || (told is null && change.IsPresent))
            return;

        told = change;
        _room.Emit(EventNames.SystemEvent, Encode(Presence(conversation, change)));
    }

    private void Signal(TypingChange change)
    {
        if (Current is { IsClosed: false } && ParticipantOf(change) is { } participant)
            _signals.Show(change, participant);
    }

    private void Signal(QueuePlace place)
    {
        if (Current is not { Status: ConversationStatus.Queued } conversation || conversation.Queue?.Position == place.Position)
            return;

        var moved = conversation with { Queue = place };
        Volatile.Write(ref _conversation, moved);
        _customer.Emit(EventNames.SystemEvent, Encode(SystemEventBody.Moved(moved, _clock.GetUtcNow())));
    }

    /// <summary>Whom the signal is about, as the conversation knows it; null when that one has no part in it (any more).</summary>
    private Participant? ParticipantOf(Signal signal)
    {
        var own = signal.Participant.Type is ParticipantType.Agent ? Current?.Agent?.AsParticipant() : Current?.Customer.AsParticipant();
        return own?.Id == signal.Participant.Id ? own : null;
    }

    /// <summary>With the name that the participant has in the conversation: a socket may say any.</summary>
    private static SystemEventBody Presence(Conversation conversation, PresenceChange change) => SystemEventBody.Presence(
        conversation,
        change with
        {
            Participant = change.Participant.Type is ParticipantType.Agent ? conversation.Agent!.AsParticipant() : conversation.Customer.AsParticipant(),
        });

    /// <summary>What the conversation stands at, as far as it was delivered.</summary>
    private Conversation? Current => _conversation is not { } conversation ? null : _signals.With(_newest is null ? conversation : conversation.After(_newest));

    private void Note(ConversationEvent entry)
    {
        // A message changes nothing that anybody looks at before something else happens.
        if (entry is not Transition transition)
        {
            _newest = (Message)entry;
            return;
        }

        _newest = null;

        if (transition.Conversation.Agent?.Id != _conversation?.Agent?.Id)
            _agentTold = null;
        Volatile.Write(ref _conversation, transition.Conversation);
    }

    private async Task<LogPage<ConversationEvent>> ReadAsync(long after) =>
        await _conversationLog.ReadEventsAsync(ConversationId, new LogRange(after, Before: null, PageSize), CancellationToken.None)
        ?? throw new ChatException(ChatError.NotFound);

    private void RetryLater(Exception exception)
    {
        _faults.Add(exception);
        _retry?.Dispose();
        _retry = _clock.CreateTimer(_ => Enqueue(CatchUp.Instance), null, RetryAfter, Timeout.InfiniteTimeSpan);
    }

    /// <summary>What comes with an event, for the client to come back with.</summary>
    public string Offset(long sequence) => ResumePoint.Offset(sequence, _name);

    public void Emit(ISocket socket, ConversationEvent entry)
    {
        var (name, json) = Encode(entry);
        using (json)
            socket.Emit(name, json.Bytes, Offset(entry.Sequence));
    }

    public static ReadOnlyMemory<byte> Encode(SystemEventBody body) =>
        JsonSerializer.SerializeToUtf8Bytes(body, Json.Wire.SystemEventBody);

    // 6 Encoded once here; the bytes of the packet that is made of it are shared by every socket of the room.
    private static (string Name, JsonBuffer Json) Encode(ConversationEvent entry) => entry.Match(
        static message => (EventNames.ChatMessage, JsonBuffer.Write(ChatMessageBody.From(message), Json.Wire.ChatMessageBody)),
        static transition => (EventNames.SystemEvent, JsonBuffer.Write(SystemEventBody.From(transition), Json.Wire.SystemEventBody)));

    private sealed class Join(ISocket socket, Conversation known, long from, Seat seat, bool isBack)
    {
        public ISocket Socket { get; } = socket;

        public Conversation Known { get; set; } = known;

        public long From { get; } = from;

        public Seat Seat { get; } = seat;

        public bool IsBack { get; } = isBack;

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed class CatchUp
    {
        public static CatchUp Instance { get; } = new();
    }
}
