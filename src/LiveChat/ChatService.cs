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
    IConversationStore store,
    IConversationLog log,
    IQueueReads queue,
    IPresence presence,
    ILifecycleLog lifecycle,
    WaitEstimator waits,
    LifetimeClock clock,
    ChatOptions options)
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
            var (now, lifetimes) = clock.Read();
            var decision = Record(await store.StartAsync(
                new StartConversation
                {
                    Id = Guid.NewGuid(),
                    Customer = customer,
                    Channel = channel ?? DefaultChannel,
                    Metadata = metadata,
                    Now = now,
                    Wait = waits.Estimate(presence),
                },
                cancellationToken));
            var conversation = decision.Conversation;
            if (!conversation.IsQueueEntryExpired(now, lifetimes.QueueEntry))
                return new StartResult(conversation, Resumed: decision.Entries is not [Transition { Kind: TransitionKind.Queued }]);

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
        var (now, lifetimes) = clock.Read();
        var decision = Record(await store.ApplyAsync(
            new SendMessage
            {
                ConversationId = conversationId,
                Now = now,
                Caller = caller,
                MessageId = Guid.NewGuid(),
                Content = draft.Content,
                Metadata = draft.Metadata,
                ClientMessageId = draft.ClientMessageId,
                QueueEntryTtl = lifetimes.QueueEntry,
            },
            cancellationToken));
        NoteWrite(caller, decision.Conversation);
        return new SendResult(decision.Message!, decision.Repeated);
    }

    /// <summary>Gives the conversation to the agent; exactly one of any number of agents wins.</summary>
    public Task<Conversation> AcceptAsync(Guid conversationId, Agent agent, CancellationToken cancellationToken)
    {
        var (now, lifetimes) = clock.Read();
        return ChangeAsync(
            Caller.Agent(agent.Id),
            new AcceptConversation
            {
                ConversationId = conversationId,
                Now = now,
                Agent = agent,
                MaxConcurrent = options.Queue.MaxConcurrentByAgent,
                QueueEntryTtl = lifetimes.QueueEntry,
            },
            cancellationToken);
    }

    /// <summary>Notes that the agent opened the conversation's socket.</summary>
    public Task<Conversation> ConnectAsync(Caller caller, Guid conversationId, CancellationToken cancellationToken) =>
        ChangeAsync(
            caller,
            new ConnectAgent { ConversationId = conversationId, Now = clock.Read().Now, Caller = caller },
            cancellationToken);

    /// <summary>Ends the conversation; ending it twice changes nothing.</summary>
    public Task<Conversation> CloseAsync(
        Caller caller,
        Guid conversationId,
        string? reason,
        CancellationToken cancellationToken) =>
        ChangeAsync(
            caller,
            new CloseConversation { ConversationId = conversationId, Now = clock.Read().Now, Caller = caller, Reason = reason },
            cancellationToken);

    /// <summary>Closes the conversation if it has run out of time.</summary>
    public Task<Conversation> ExpireAsync(Guid conversationId, CancellationToken cancellationToken)
    {
        var (now, lifetimes) = clock.Read();
        return ChangeAsync(
            caller: null,
            new ExpireConversation { ConversationId = conversationId, Now = now, Lifetimes = lifetimes },
            cancellationToken);
    }

    /// <summary>Ends the conversation on the server's own account.</summary>
    public Task<Conversation> EndAsync(Guid conversationId, string reason, CancellationToken cancellationToken) =>
        ChangeAsync(
            caller: null,
            new EndConversation { ConversationId = conversationId, Now = clock.Read().Now, Reason = reason },
            cancellationToken);

    /// <summary>Puts the conversation back in the queue if this agent, who is gone, still holds it.</summary>
    public Task<Conversation> RequeueAsync(Guid conversationId, string agentId, CancellationToken cancellationToken) =>
        ChangeAsync(
            caller: null,
            new RequeueConversation
            {
                ConversationId = conversationId,
                Now = clock.Read().Now,
                AgentId = agentId,
                Wait = waits.Estimate(presence),
            },
            cancellationToken);

    /// <summary>The conversation, with its place in the queue.</summary>
    public async Task<Conversation> GetAsync(Caller caller, Guid conversationId, CancellationToken cancellationToken)
    {
        var found = await store.FindWithPositionAsync(conversationId, cancellationToken) ?? throw new ChatException(ChatError.NotFound);
        Admit(caller, found.Conversation);
        return WithPlace(found);
    }

    /// <summary>The customer's active conversation, with its place in the queue; null when there is none.</summary>
    public async Task<Conversation?> FindActiveAsync(string customerId, CancellationToken cancellationToken) =>
        await store.FindActiveAsync(customerId, cancellationToken) is { } found ? WithPlace(found) : null;

    public async Task<LogPage<Message>> ReadMessagesAsync(
        Caller caller,
        Guid conversationId,
        LogRange range,
        CancellationToken cancellationToken) =>
        Admit(caller, await log.ReadMessagesAsync(conversationId, range, cancellationToken));

    public async Task<LogPage<ConversationEvent>> ReadEventsAsync(
        Caller caller,
        Guid conversationId,
        LogRange range,
        CancellationToken cancellationToken) =>
        Admit(caller, await log.ReadEventsAsync(conversationId, range, cancellationToken));

    public Task<Counted<QueueEntry>> ReadQueueAsync(long? after, long offset, int count, CancellationToken cancellationToken) =>
        queue.ReadQueueAsync(after, offset, count, cancellationToken);

    /// <summary>Conversations, with their places in the queue.</summary>
    public async Task<Counted<FoundConversation>> ListAsync(
        ConversationFilter filter,
        ConversationOrder order,
        int count,
        CancellationToken cancellationToken)
    {
        var found = await store.ListAsync(filter, order, count, cancellationToken);
        return found with { Items = [.. found.Items.Select(item => item with { Conversation = WithPlace(item) })] };
    }

    private const string DefaultChannel = "web";

    private async Task<Conversation> ChangeAsync(Caller? caller, ConversationCommand command, CancellationToken cancellationToken)
    {
        var decision = Record(await store.ApplyAsync(command, cancellationToken));
        if (caller is not null)
            NoteWrite(caller, decision.Conversation);
        return decision.Conversation;
    }

    /// <summary>What was decided, unless it was a refusal, which is thrown.</summary>
    private Decision Record(Decision decision)
    {
        if (decision.Error is { } error)
            throw new ChatException(error);

        foreach (var entry in decision.Entries)
            lifecycle.Added(entry);
        return decision;
    }

    private LogPage<T> Admit<T>(Caller caller, LogPage<T>? page)
    {
        if (page is null)
            throw new ChatException(ChatError.NotFound);

        Admit(caller, page.Conversation);
        return page;
    }

    /// <summary>Lets the caller read the conversation. An agent that names itself is there; one that does not may be anybody.</summary>
    private void Admit(Caller caller, Conversation conversation)
    {
        if (conversation.Refuse(caller) is { } error)
            throw new ChatException(error);
        if (caller is { Type: ParticipantType.Agent, Id: { } agentId })
            presence.Seen(agentId);
    }

    /// <summary>An agent that writes is there, also when it did not name itself.</summary>
    private void NoteWrite(Caller caller, Conversation conversation)
    {
        if (caller.Type is ParticipantType.Agent && (caller.Id ?? conversation.Agent?.Id) is { } agentId)
            presence.Seen(agentId);
    }

    private Conversation WithPlace(FoundConversation found) => found.Position is { } position
        ? found.Conversation with { Queue = QueuePlace.At(position, waits.Estimate(presence)) }
        : found.Conversation;
}

/// <param name="Resumed">Whether the customer had it already.</param>
public sealed record StartResult(Conversation Conversation, bool Resumed);

/// <param name="Repeated">Whether the same client message id had added it before.</param>
public sealed record SendResult(Message Message, bool Repeated);

/// <summary>A message as its sender gives it.</summary>
/// <param name="Metadata">A JSON object, compact, or null.</param>
public sealed record MessageDraft(string Content, string? Metadata = null, string? ClientMessageId = null);
