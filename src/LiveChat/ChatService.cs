namespace LiveChat;

/// <summary>
/// The one path that REST and sockets share: start, send, accept, connect, close, requeue, expire, and the reads. A refusal is
/// a <see cref="ChatException"/>. Thread-safe, and holds nothing that another server needs.
/// </summary>
/// <remarks>
/// The path of a message: 1 an edge binds and resolves the <see cref="Caller"/>; <b>2 here, the command is made and its rule
/// decides</b>; 3 the store appends in one transaction; 4 the bus is told; 5 the relay of each server orders it; 6 to 8 it is
/// encoded, buffered and written.
/// </remarks>
public sealed class ChatService(
    IChatStore store,
    IPresence presence,
    ILifecycleLog lifecycle,
    WaitEstimator waits,
    ChatOptions options,
    TimeProvider clock)
{
    /// <summary>The customer's active conversation, or a new one in the queue.</summary>
    public async Task<StartResult> StartAsync(
        Customer customer,
        string? channel,
        string? metadata,
        CancellationToken cancellationToken)
    {
        while (true)
        {
            var decision = await store.StartAsync(
                new StartConversation
                {
                    Id = Guid.NewGuid(),
                    Customer = customer,
                    Channel = channel ?? DefaultChannel,
                    Metadata = metadata,
                    Now = Now(),
                    WaitPerPlace = waits.PerPlace,
                },
                cancellationToken);
            Record(decision);
            var conversation = Placed(decision.Conversation);
            var resumed = decision.Entries.Count == 0;
            if (!resumed || !conversation.IsQueueEntryExpired(Now(), options.Queue.EntryTtl))
                return new StartResult(conversation, resumed);

            // It ran out of time and housekeeping has not come by yet: the customer is not told of a place that is gone.
            await ExpireAsync(conversation.Id, cancellationToken);
        }
    }

    /// <summary>Adds a message, or finds the one that the same client message id added before.</summary>
    public async Task<SendResult> SendAsync(
        Caller caller,
        Guid conversationId,
        MessageDraft draft,
        CancellationToken cancellationToken)
    {
        // 2 The command carries the rule; the store lets it decide inside the transaction (3) and tells the bus (4).
        var decision = Taken(await store.ApplyAsync(
            new SendMessage
            {
                ConversationId = conversationId,
                Now = Now(),
                Caller = caller,
                MessageId = RandomId.New(),
                Content = draft.Content,
                Metadata = draft.Metadata,
                ClientMessageId = draft.ClientMessageId,
                QueueEntryTtl = options.Queue.EntryTtl,
            },
            cancellationToken));
        Seen(caller, decision.Conversation);
        return new SendResult(decision.Message!, decision.Repeated);
    }

    /// <summary>Gives the conversation to the agent; exactly one of any number of agents wins.</summary>
    public Task<Conversation> AcceptAsync(Guid conversationId, Agent agent, CancellationToken cancellationToken) =>
        ChangeAsync(
            Caller.Agent(agent.Id),
            new AcceptConversation
            {
                ConversationId = conversationId,
                Now = Now(),
                Agent = agent,
                MaxConcurrent = options.Queue.MaxConcurrentByAgent,
                QueueEntryTtl = options.Queue.EntryTtl,
            },
            cancellationToken);

    /// <summary>Notes that the agent opened the conversation's socket.</summary>
    public Task<Conversation> ConnectAsync(Caller caller, Guid conversationId, CancellationToken cancellationToken) =>
        ChangeAsync(
            caller,
            new ConnectAgent { ConversationId = conversationId, Now = Now(), Caller = caller },
            cancellationToken);

    /// <summary>Ends the conversation; ending it twice changes nothing.</summary>
    public Task<Conversation> CloseAsync(
        Caller caller,
        Guid conversationId,
        string? reason,
        CancellationToken cancellationToken) =>
        ChangeAsync(
            caller,
            new CloseConversation { ConversationId = conversationId, Now = Now(), Caller = caller, Reason = reason },
            cancellationToken);

    /// <summary>Closes the conversation if it has run out of time.</summary>
    public Task<Conversation> ExpireAsync(Guid conversationId, CancellationToken cancellationToken) =>
        ChangeAsync(
            caller: null,
            new ExpireConversation
            {
                ConversationId = conversationId,
                Now = Now(),
                QueueEntryTtl = options.Queue.EntryTtl,
                InactivityTimeout = options.Conversation.InactivityTimeout,
                MaximumDuration = options.Conversation.MaxDuration,
            },
            cancellationToken);

    /// <summary>Ends the conversation on the server's own account.</summary>
    public Task<Conversation> EndAsync(Guid conversationId, string reason, CancellationToken cancellationToken) =>
        ChangeAsync(
            caller: null,
            new EndConversation { ConversationId = conversationId, Now = Now(), Reason = reason },
            cancellationToken);

    /// <summary>Puts the conversation back in the queue if this agent, who is gone, still holds it.</summary>
    public Task<Conversation> RequeueAsync(Guid conversationId, string agentId, CancellationToken cancellationToken) =>
        ChangeAsync(
            caller: null,
            new RequeueConversation
            {
                ConversationId = conversationId,
                Now = Now(),
                AgentId = agentId,
                WaitPerPlace = waits.PerPlace,
            },
            cancellationToken);

    public async Task<Conversation> GetAsync(Caller caller, Guid conversationId, CancellationToken cancellationToken)
    {
        var conversation = await store.FindAsync(conversationId, cancellationToken)
            ?? throw new ChatException(ChatError.NotFound);
        if (conversation.Refuse(caller) is { } error)
            throw new ChatException(error);

        Seen(caller, conversation);
        return Placed(conversation);
    }

    public async Task<Conversation?> FindActiveAsync(string customerId, CancellationToken cancellationToken) =>
        await store.FindActiveAsync(customerId, cancellationToken) is { } conversation ? Placed(conversation) : null;

    public async Task<LogPage<Message>> ReadMessagesAsync(
        Caller caller,
        Guid conversationId,
        LogRange range,
        CancellationToken cancellationToken)
    {
        await GetAsync(caller, conversationId, cancellationToken);
        return await store.ReadMessagesAsync(conversationId, range, cancellationToken);
    }

    public async Task<LogPage<ConversationEvent>> ReadEventsAsync(
        Caller caller,
        Guid conversationId,
        LogRange range,
        CancellationToken cancellationToken)
    {
        await GetAsync(caller, conversationId, cancellationToken);
        return await store.ReadEventsAsync(conversationId, range, cancellationToken);
    }

    public Task<Counted<QueueEntry>> ReadQueueAsync(long offset, int count, CancellationToken cancellationToken) =>
        store.ReadQueueAsync(offset, count, cancellationToken);

    public async Task<Counted<Conversation>> ListAsync(
        ConversationFilter filter,
        long offset,
        int count,
        CancellationToken cancellationToken)
    {
        var found = await store.ListAsync(filter, offset, count, cancellationToken);
        return found with { Items = [.. found.Items.Select(Placed)] };
    }

    private const string DefaultChannel = "web";

    private async Task<Conversation> ChangeAsync(Caller? caller, ConversationCommand command, CancellationToken cancellationToken)
    {
        var decision = Taken(await store.ApplyAsync(command, cancellationToken));
        if (caller is not null)
            Seen(caller, decision.Conversation);
        return Placed(decision.Conversation);
    }

    /// <summary>What was decided, unless it was a refusal, which is thrown.</summary>
    private Decision Taken(Decision decision)
    {
        if (decision.Error is { } error)
            throw new ChatException(error);

        Record(decision);
        return decision;
    }

    private void Record(Decision decision)
    {
        foreach (var entry in decision.Entries)
            lifecycle.Added(entry);
    }

    /// <summary>An agent that calls is there, whether or not it has a socket.</summary>
    private void Seen(Caller caller, Conversation conversation)
    {
        if (caller.Type is ParticipantType.Agent && (caller.Id ?? conversation.Agent?.Id) is { } agentId)
            presence.Seen(agentId);
    }

    /// <summary>A store knows the position; how long that takes is known here.</summary>
    private Conversation Placed(Conversation conversation) =>
        conversation.Queue is { } place
            ? conversation with { Queue = QueuePlace.At(place.Position, waits.PerPlace) }
            : conversation;

    /// <summary>Now, in the whole milliseconds that the log keeps, so that an entry reads back as it was sent.</summary>
    private DateTimeOffset Now()
    {
        var now = clock.GetUtcNow();
        return new DateTimeOffset(now.Ticks - (now.Ticks % TimeSpan.TicksPerMillisecond), TimeSpan.Zero);
    }
}

/// <param name="Resumed">Whether the customer had it already.</param>
public sealed record StartResult(Conversation Conversation, bool Resumed);

/// <param name="Repeated">Whether the same client message id had added it before.</param>
public sealed record SendResult(Message Message, bool Repeated);

/// <summary>A message as its sender gives it.</summary>
/// <param name="Metadata">A JSON object, compact, or null.</param>
public sealed record MessageDraft(string Content, string? Metadata = null, string? ClientMessageId = null);
