namespace LiveChat;

/// <summary>
/// The one path that REST and sockets share: start, send, read, accept, connect, close, requeue, expire, and the reads. A refusal is
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
    IEventBus bus,
    ILifecycleLog lifecycle,
    WaitEstimator waits,
    LifetimeClock clock,
    ChatOptions options)
{
    /// <summary>The customer's active conversation, or a new one in the queue.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="customer">The customer, as the call names it.</param>
    /// <param name="channel">Where from; null for the web.</param>
    /// <param name="metadata">The host application's own JSON object, compact, or null.</param>
    /// <param name="proof">What a visitor without an account reaches it by from then on; null for who has a credential of its own.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<StartResult> StartAsync(
        Caller caller,
        Customer customer,
        string? channel,
        string? metadata,
        VisitorProof? proof,
        CancellationToken cancellationToken)
    {
        caller.Demand(Permission.StartConversation);
        if (caller.NamesAnother)
            throw new ChatException(ChatError.AnotherNamed);
        while (true)
        {
            var (now, lifetimes) = clock.Read();
            var decision = Record(await store.StartAsync(
                new StartConversation
                {
                    Id = Guid.NewGuid(),
                    Caller = caller,
                    Chain = proof?.Chain,
                    StartKey = proof?.StartKey,
                    Customer = customer,
                    Channel = channel ?? DefaultChannel,
                    Metadata = metadata,
                    Now = now,
                    Wait = waits.Estimate(presence),
                    QueueEntryTtl = lifetimes.QueueEntry,
                },
                cancellationToken));
            var conversation = decision.Conversation;
            if (!conversation.IsQueueEntryExpired(now, lifetimes.QueueEntry))
            {
                // A visitor who repeats the call that began it is answered as the first time.
                var isNew = caller is AnonymousCaller || decision.Entries is [Transition { Kind: TransitionKind.Queued }];
                return new StartResult(conversation, Resumed: !isNew);
            }

            // It ran out of time and housekeeping has not come by yet: the customer is not told of a place that is gone.
            await ExpireAsync(ServerCaller.Instance, conversation.Id, cancellationToken);
        }
    }

    /// <summary>Adds a message, or finds the one that the same client message id added before.</summary>
    public async Task<SendResult> SendAsync(
        Caller caller,
        Guid conversationId,
        MessageDraft draft,
        CancellationToken cancellationToken)
    {
        caller.Demand(Permission.SendMessage);
        using var trace = ChatTraces.Send(conversationId);

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

    /// <summary>Notes how far the caller's side has read, and tells the others if it is further than before.</summary>
    /// <param name="caller">Who has read.</param>
    /// <param name="conversationId">What.</param>
    /// <param name="sequence">The last entry that was read; one that is not there yet counts as the last that is.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task ReadAsync(Caller caller, Guid conversationId, long sequence, CancellationToken cancellationToken)
    {
        caller.Demand(Permission.MarkRead);
        var now = clock.Read().Now;
        var decision = Record(await store.ApplyAsync(
            new MarkRead { ConversationId = conversationId, Now = now, Caller = caller, Sequence = sequence }, cancellationToken));
        var conversation = decision.Conversation;
        NoteWrite(caller, conversation);
        if (decision.Writes)
            bus.Publish(new ReadChange(conversationId, caller.SpeakerIn(conversation)!, conversation.Read.Of(caller.Side), now));
    }

    /// <summary>Who writes something in the conversation, if the caller may send there now. Nothing is stored.</summary>
    /// <param name="caller">Who writes.</param>
    /// <param name="conversationId">Where.</param>
    /// <param name="known">The conversation, where it is known already; null has it looked up.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<Participant> TypeAsync(Caller caller, Guid conversationId, Conversation? known, CancellationToken cancellationToken)
    {
        caller.Demand(Permission.SendMessage);
        var conversation = known ?? (await store.FindWithPositionAsync(conversationId, cancellationToken))?.Conversation ?? throw new ChatException(ChatError.NotFound);
        var (now, lifetimes) = clock.Read();
        if (SendMessage.Refuse(caller, conversation, now, lifetimes.QueueEntry) is { } error)
            throw new ChatException(error);
        return caller.SpeakerIn(conversation)!;
    }

    /// <summary>Gives the conversation to the agent; exactly one of any number of agents wins.</summary>
    public Task<Conversation> AcceptAsync(Caller caller, Guid conversationId, Agent agent, CancellationToken cancellationToken)
    {
        caller.Demand(Permission.AcceptConversation);

        // The agent is there from its call on, so that whoever is told of what it accepted is told of a wait that goes by it.
        NoteRead(caller);
        var (now, lifetimes) = clock.Read();
        return ChangeAsync(
            caller,
            new AcceptConversation
            {
                ConversationId = conversationId,
                Now = now,
                Caller = caller,
                Agent = agent,
                MaxConcurrent = options.Queue.MaxConcurrentByAgent,
                QueueEntryTtl = lifetimes.QueueEntry,
            },
            cancellationToken);
    }

    /// <summary>Notes that the agent opened the conversation's socket.</summary>
    public Task<Conversation> ConnectAsync(Caller caller, Guid conversationId, CancellationToken cancellationToken)
    {
        caller.Demand(Permission.ConnectAgent);
        return ChangeAsync(
            caller,
            new ConnectAgent { ConversationId = conversationId, Now = clock.Read().Now, Caller = caller },
            cancellationToken);
    }

    /// <summary>Ends the conversation; ending it twice changes nothing.</summary>
    public Task<Conversation> CloseAsync(
        Caller caller,
        Guid conversationId,
        string? reason,
        CancellationToken cancellationToken)
    {
        caller.Demand(Permission.CloseConversation);
        return ChangeAsync(
            caller,
            new CloseConversation { ConversationId = conversationId, Now = clock.Read().Now, Caller = caller, Reason = reason },
            cancellationToken);
    }

    /// <summary>Closes the conversation if it has run out of time.</summary>
    public Task<Conversation> ExpireAsync(Caller caller, Guid conversationId, CancellationToken cancellationToken)
    {
        caller.Demand(Permission.ExpireConversation);
        var (now, lifetimes) = clock.Read();
        return ChangeAsync(
            caller,
            new ExpireConversation { ConversationId = conversationId, Now = now, Lifetimes = lifetimes },
            cancellationToken);
    }

    /// <summary>Ends the conversation on the server's own account.</summary>
    public Task<Conversation> EndAsync(Caller caller, Guid conversationId, string reason, CancellationToken cancellationToken)
    {
        caller.Demand(Permission.EndConversation);
        return ChangeAsync(
            caller,
            new EndConversation { ConversationId = conversationId, Now = clock.Read().Now, Reason = reason },
            cancellationToken);
    }

    /// <summary>Puts the conversation back in the queue if this agent, who is gone, still holds it.</summary>
    public Task<Conversation> RequeueAsync(Caller caller, Guid conversationId, string agentId, CancellationToken cancellationToken)
    {
        caller.Demand(Permission.RequeueConversation);
        return ChangeAsync(
            caller,
            new RequeueConversation
            {
                ConversationId = conversationId,
                Now = clock.Read().Now,
                AgentId = agentId,
                Wait = waits.Estimate(presence),
            },
            cancellationToken);
    }

    /// <summary>The conversation, with its place in the queue.</summary>
    public async Task<Conversation> GetAsync(Caller caller, Guid conversationId, CancellationToken cancellationToken)
    {
        caller.Demand(Permission.ReadConversation);
        var found = await store.FindWithPositionAsync(conversationId, cancellationToken) ?? throw new ChatException(ChatError.NotFound);
        Admit(caller, found.Conversation);
        return WithPlace(found);
    }

    /// <summary>The customer's active conversation, with its place in the queue; null when there is none that the caller reaches.</summary>
    public async Task<Conversation?> FindActiveAsync(Caller caller, string customerId, CancellationToken cancellationToken)
    {
        caller.Demand(Permission.FollowCustomer);
        return await store.FindActiveAsync(customerId, cancellationToken) is { } found && caller.RefuseRead(found.Conversation) is null
            ? WithPlace(found)
            : null;
    }

    public async Task<LogPage<Message>> ReadMessagesAsync(
        Caller caller,
        Guid conversationId,
        LogRange range,
        CancellationToken cancellationToken)
    {
        caller.Demand(Permission.ReadConversation);
        return Admit(caller, await log.ReadMessagesAsync(conversationId, range, cancellationToken));
    }

    public async Task<LogPage<ConversationEvent>> ReadEventsAsync(
        Caller caller,
        Guid conversationId,
        LogRange range,
        CancellationToken cancellationToken)
    {
        caller.Demand(Permission.ReadConversation);
        return Admit(caller, await log.ReadEventsAsync(conversationId, range, cancellationToken));
    }

    /// <summary>
    /// A conversation and a part of its log, for who runs the server: whoever calls it gives on when things happened and to whom, and nothing
    /// that was written.
    /// </summary>
    public async Task<LogPage<ConversationEvent>> InspectAsync(Caller caller, Guid conversationId, LogRange range, CancellationToken cancellationToken)
    {
        caller.Demand(Permission.InspectConversation);
        return await log.ReadEventsAsync(conversationId, range, cancellationToken) ?? throw new ChatException(ChatError.NotFound);
    }

    /// <summary>Who waits. A call by an agent shows that it is there.</summary>
    public Task<Counted<QueueEntry>> ReadQueueAsync(Caller caller, long? after, long offset, int count, CancellationToken cancellationToken)
    {
        caller.Demand(Permission.ReadQueue);
        if (caller.NamesAnother)
            throw new ChatException(ChatError.AnotherNamed);
        NoteRead(caller);
        return queue.ReadQueueAsync(after, offset, count, cancellationToken);
    }

    /// <summary>What an agent begins its day with: what it holds, the newest activity first, and the beginning of the queue.</summary>
    public async Task<AgentSession> StartAgentSessionAsync(Caller caller, Agent agent, int held, int waiting, CancellationToken cancellationToken)
    {
        caller.Demand(Permission.StartAgentSession);
        if (caller.NamesAnother)
            throw new ChatException(ChatError.AnotherNamed);
        presence.Seen(agent.Id);
        var conversations = await store.ListAsync(
            new ConversationFilter(agent.Id, [ConversationStatus.Assigned, ConversationStatus.Connected]),
            new ConversationOrder(ByActivity: true, Offset: 0, After: null),
            held,
            cancellationToken);
        return new AgentSession(
            [.. conversations.Items.Select(item => item with { Conversation = WithPlace(item) })],
            await queue.ReadQueueAsync(after: null, offset: 0, waiting, cancellationToken));
    }

    /// <summary>Conversations that the caller may list, with their places in the queue. A call by an agent shows that it is there.</summary>
    public async Task<Counted<FoundConversation>> ListAsync(
        Caller caller,
        ConversationFilter filter,
        ConversationOrder order,
        int count,
        CancellationToken cancellationToken)
    {
        caller.Demand(Permission.ListConversations);
        var listed = caller.Lists(filter.AgentId);
        if (listed.Error is { } error)
            throw new ChatException(error);
        NoteRead(caller);
        var found = await store.ListAsync(filter with { AgentId = listed.AgentId }, order, count, cancellationToken);
        return found with { Items = [.. found.Items.Select(item => item with { Conversation = WithPlace(item) })] };
    }

    private const string DefaultChannel = "web";

    private async Task<Conversation> ChangeAsync(Caller caller, ConversationCommand command, CancellationToken cancellationToken)
    {
        var decision = Record(await store.ApplyAsync(command, cancellationToken));
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

    /// <summary>Lets the caller read the conversation.</summary>
    private void Admit(Caller caller, Conversation conversation)
    {
        if (caller.RefuseRead(conversation) is { } error)
            throw new ChatException(error);
        NoteRead(caller);
    }

    /// <summary>An agent that is known or names itself is there; one that does not may be anybody.</summary>
    private void NoteRead(Caller caller)
    {
        if (caller.AgentThere is { } agentId)
            presence.Seen(agentId);
    }

    /// <summary>An agent that writes is there, also when it did not name itself.</summary>
    private void NoteWrite(Caller caller, Conversation conversation)
    {
        if (caller.Side is ParticipantType.Agent && (caller.AgentThere ?? conversation.Agent?.Id) is { } agentId)
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

/// <param name="Conversations">Those that the agent holds.</param>
public sealed record AgentSession(IReadOnlyList<FoundConversation> Conversations, Counted<QueueEntry> Queue);

/// <summary>What a visitor without an account holds of the conversation that it begins.</summary>
/// <param name="Chain">The chain of session tokens that reaches it.</param>
/// <param name="StartKey">What the call that begins it can be repeated by, hashed; null when it cannot.</param>
public sealed record VisitorProof(Guid Chain, string? StartKey);
