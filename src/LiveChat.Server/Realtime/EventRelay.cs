using System.Collections.Concurrent;
using LiveChat.Server.Wire;
using SocketIO;

namespace LiveChat.Server.Realtime;

/// <summary>
/// Brings what was committed to this server's sockets. It keeps a <see cref="ConversationFeed"/> for each conversation that a
/// local socket is in, and nothing for the others. Thread-safe.
/// </summary>
internal sealed class EventRelay(
    ISocketIO io,
    IEventBus bus,
    IConversationLog conversationLog,
    ChatService chat,
    ISocketPresence presence,
    WorkGroups groups,
    Faults faults,
    ReadFaults readFaults,
    SocketLives lives,
    RelayMetrics metrics,
    StoreEpoch epoch,
    TimeProvider clock) : IBusSubscriber
{
    private readonly INamespace _sockets = io.Of("/");
    private readonly ConcurrentDictionary<Guid, ConversationFeed> _feeds = [];

    // Guarded by itself: the connections that follow a visitor, by fingerprint.
    private readonly Dictionary<string, List<GatewayConnection>> _followers = [];

    /// <summary>An agent has no part in a conversation any more, and its sockets have heard why. Called by whoever delivers: hand over and return.</summary>
    public event Action<ConversationFeed, string>? Lost;

    /// <summary>The feeds whose customers wait, as far as is known here.</summary>
    public IEnumerable<ConversationFeed> Waiting => _feeds.Values.Where(feed => feed.Place is not null);

    public void OnCommitted(IReadOnlyList<ConversationEvent> entries)
    {
        List<ConversationFeed>? woken = null;
        foreach (var entry in entries)
        {
            if (_feeds.TryGetValue(entry.ConversationId, out var feed) && feed.TryPost(entry))
                (woken ??= []).Add(feed);
            if (entry is Transition { Kind: TransitionKind.Queued } started)
                TellFollowers(started.Conversation);
        }

        if (woken is not null)
            groups.Queue(woken, static feed => feed.Run());
    }

    /// <summary>A participant was found to be away, or back, whatever server it is or was on.</summary>
    public void OnTold(ToldPresence told)
    {
        foreach (var feed in _feeds.Values)
            feed.Post(told);
    }

    /// <summary>How much of each conversation was delivered here.</summary>
    public IReadOnlyList<LogPosition> Positions => [.. _feeds.Values.Select(feed => feed.Position).OfType<LogPosition>()];

    /// <summary>The visitors whose conversations are followed, whichever they are.</summary>
    public IReadOnlyList<string> Followed
    {
        get
        {
            lock (_followers)
                return [.. _followers.Keys];
        }
    }

    /// <summary>What was read because the bus may not have brought it.</summary>
    public void TakeIn(TailReport report)
    {
        foreach (var (conversation, entries) in report.Tails)
        {
            OnCommitted(entries);
            OnSignal(new ReadChange(conversation.Id, conversation.Customer.AsParticipant(), conversation.Read.Customer, clock.GetUtcNow()));
            if (conversation.Agent is { } agent)
                OnSignal(new ReadChange(conversation.Id, agent.AsParticipant(), conversation.Read.Agent, clock.GetUtcNow()));
        }

        foreach (var conversation in report.Active)
            TellFollowers(conversation);
    }

    public void OnSignal(Signal signal)
    {
        if (_feeds.TryGetValue(signal.ConversationId, out var feed))
            feed.Post(signal);
    }

    /// <summary>What the conversation stands at but for its newest messages, if a socket of this server is in it. May be a moment old.</summary>
    public Conversation? Known(Guid conversationId) => _feeds.GetValueOrDefault(conversationId)?.Known;

    /// <summary>Puts the connection into the conversation that its visitor has, and into each that the visitor starts later.</summary>
    public async Task FollowAsync(GatewayConnection connection, CancellationToken cancellationToken)
    {
        var visitor = connection.Parameters.Fingerprint!;
        lock (_followers)
        {
            if (!_followers.TryGetValue(visitor, out var connections))
                _followers.Add(visitor, connections = []);
            connections.Add(connection);
        }

        // Listed first and looked up then: a conversation that starts in between is found by one of the two.
        if (!await JoinVisitorsAsync(connection, connection.Resume, cancellationToken))
            Present(connection, new Participant(visitor, ParticipantType.Customer, connection.Parameters.DisplayName));
    }

    /// <summary>The connection is gone.</summary>
    public void Close(GatewayConnection connection, DisconnectReason reason)
    {
        lives.Ended(connection.Socket, reason);
        foreach (var feed in connection.Close(presence))
            Leave(feed);
        if (connection.FollowsVisitor)
            Unfollow(connection);
    }

    /// <summary>Counts the connection as a sign that the participant is there.</summary>
    public void Present(GatewayConnection connection, Participant participant) =>
        connection.Present(presence, participant);

    /// <summary>
    /// Puts a follower into the conversation that its visitor has now, in place of the one before; false when there is none. One
    /// that began meanwhile is joined also when it is over already. A client that comes back is first given the rest of the
    /// conversation that it was in (<paramref name="resume"/>), and then all of the one that it did not see begin.
    /// </summary>
    private async Task<bool> JoinVisitorsAsync(GatewayConnection connection, ResumePoint? resume, CancellationToken cancellationToken)
    {
        await connection.Turn.WaitAsync(cancellationToken);
        try
        {
            if (resume is not null)
                await JoinAsync(connection, await GetAsync(resume.ConversationId), resume.Sequence, cancellationToken);

            var active = await chat.FindActiveAsync(connection.Caller, connection.Parameters.Fingerprint!, cancellationToken);
            if ((active?.Id ?? connection.NewestStarted) is not { } conversationId)
                return resume is not null;

            if (connection.ConversationId != conversationId)
            {
                foreach (var feed in connection.Detach())
                    Expel(connection, feed);
                await JoinAsync(connection, active ?? await GetAsync(conversationId), connection.Socket.Recovered ? 0 : null, cancellationToken);
            }

            return true;
        }
        finally
        {
            connection.Turn.Release();
        }

        Task<Conversation> GetAsync(Guid conversationId) => chat.GetAsync(connection.Caller, conversationId, cancellationToken);
    }

    /// <summary>
    /// Puts the connection into the conversation: SESSION_READY, what came after <paramref name="seen"/> if that is known, and
    /// then all that follows.
    /// </summary>
    /// <param name="connection">The connection.</param>
    /// <param name="conversation">As it stood a moment ago: what has come since is among what follows.</param>
    /// <param name="seen">The last sequence that the client knows; null when it knows nothing.</param>
    /// <param name="cancellationToken">Ends the replay.</param>
    public async Task JoinAsync(GatewayConnection connection, Conversation conversation, long? seen, CancellationToken cancellationToken)
    {
        var (socket, seat) = (connection.Socket, connection.Seat);
        var feed = Enter(conversation.Id);
        try
        {
            // Before anything is read: what is committed from then on comes by the bus, and what was before by the read.
            await feed.FollowAsync(bus);
            var participant = seat is Seat.Customer
                ? conversation.Customer.AsParticipant()
                : conversation.Agent?.AsParticipant();
            var from = Math.Min(seen ?? long.MaxValue, conversation.LastSequence);

            // Counted first: whoever has been told that it is ready is not taken for absent any more.
            if (participant is not null && seat is not Seat.Listener)
            {
                Present(connection, participant);
                if (!conversation.IsClosed)
                    presence.Joined(conversation.Id, participant);
            }

            socket.Emit(
                EventNames.SystemEvent,
                ConversationFeed.Encode(SystemEventBody.Ready(conversation, participant, clock.GetUtcNow())),
                feed.Offset(from));

            if (from < conversation.LastSequence)
                from = await ReplayAsync(socket, feed, from, cancellationToken);

            await feed.JoinAsync(socket, conversation, from, seat, isBack: seen is not null);
            if (connection.TryAttach(feed))
            {
                lives.Began(socket, conversation.Id, connection.Parameters.Role);

                // What was lost before it was in it, nobody takes it out of.
                if (feed.Delivered is { } delivered && !connection.Holds(delivered))
                    Leave(connection, feed);
                return;
            }
        }
        catch
        {
            Leave(feed);
            throw;
        }

        Leave(feed);
    }

    /// <summary>Sends what came after <paramref name="after"/> page by page, as fast as the client takes it.</summary>
    private async Task<long> ReplayAsync(ISocket socket, ConversationFeed feed, long after, CancellationToken cancellationToken)
    {
        while (true)
        {
            var page = await conversationLog.ReadEventsAsync(
                feed.ConversationId,
                new LogRange(after, Before: null, ConversationFeed.PageSize),
                cancellationToken);
            if (page is null)
                throw new ChatException(ChatError.NotFound);

            foreach (var entry in page.Items)
            {
                // A page of the longest messages is more than a send buffer may hold.
                await socket.DrainAsync(cancellationToken);
                feed.Emit(socket, entry);
                after = entry.Sequence;
            }

            // Nobody is there any more to read the rest to.
            if (!socket.Connected)
                return after;

            // The last page is short: the feed gives what was added while it was read, in order with what follows.
            if (!page.HasNewer)
            {
                await socket.DrainAsync(cancellationToken);
                return after;
            }
        }
    }

    private ConversationFeed Enter(Guid conversationId)
    {
        while (true)
        {
            var feed = _feeds.GetOrAdd(conversationId, id => new ConversationFeed(
                id, epoch, _sockets, conversationLog, presence, clock, readFaults, metrics, (feed, agentId) => Lost?.Invoke(feed, agentId)));
            if (feed.TryEnter())
                return feed;
        }
    }

    /// <summary>Takes the connection out of a conversation, if it is in it.</summary>
    public void Leave(GatewayConnection connection, ConversationFeed feed)
    {
        if (!connection.TryDetach(feed))
            return;

        lives.Left(connection.Socket, feed.ConversationId);
        Expel(connection, feed);
    }

    private void Expel(GatewayConnection connection, ConversationFeed feed)
    {
        feed.Expel(connection.Socket);
        Leave(feed);
    }

    private void Leave(ConversationFeed feed)
    {
        if (!feed.Leave())
            return;

        _feeds.TryRemove(KeyValuePair.Create(feed.ConversationId, feed));
        bus.Unfollow(feed.ConversationId);
    }

    private void TellFollowers(Conversation conversation)
    {
        lock (_followers)
        {
            if (!_followers.TryGetValue(conversation.Customer.Id, out var connections))
                return;

            foreach (var connection in connections.Where(connection =>
                connection.ConversationId != conversation.Id && connection.Caller.RefuseRead(conversation) is null))
            {
                connection.NewestStarted = conversation.Id;
                _ = MoveAsync(connection, conversation.Id);
            }
        }
    }

    private async Task MoveAsync(GatewayConnection connection, Guid conversationId)
    {
        // Off the thread that publishes: it has others to tell.
        await Task.Yield();
        try
        {
            await JoinVisitorsAsync(connection, resume: null, connection.Socket.Closed);
        }
        catch (Exception) when (connection.Socket.Closed.IsCancellationRequested)
        {
            // It left while it was being moved.
        }
        catch (Exception exception)
        {
            SocketFaults.End(connection.Socket, SocketFaults.ErrorOf(exception, faults));
        }
    }

    private void Unfollow(GatewayConnection connection)
    {
        var visitor = connection.Parameters.Fingerprint!;
        lock (_followers)
        {
            if (!_followers.TryGetValue(visitor, out var connections))
                return;

            connections.Remove(connection);
            if (connections.Count == 0)
                _followers.Remove(visitor);
        }
    }
}
