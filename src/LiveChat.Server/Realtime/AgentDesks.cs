using LiveChat.Server.Wire;

namespace LiveChat.Server.Realtime;

/// <summary>
/// The connections that are an agent's desk: each is in every conversation that its agent holds, now or later, and in none that is over or
/// another's by now. Thread-safe.
/// </summary>
internal sealed class AgentDesks : IBusSubscriber
{
    private readonly EventRelay _relay;
    private readonly ChatService _chat;
    private readonly IPresenceStore _store;
    private readonly Faults _faults;

    // Guarded by itself: by agent.
    private readonly Dictionary<string, List<GatewayConnection>> _desks = [];

    public AgentDesks(EventRelay relay, ChatService chat, IPresenceStore store, Faults faults)
    {
        (_relay, _chat, _store, _faults) = (relay, chat, store, faults);
        relay.Lost += Leave;
    }

    /// <summary>Puts the connection into the conversations that its agent holds, and into each that the agent takes later.</summary>
    public Task OpenAsync(GatewayConnection connection, CancellationToken cancellationToken)
    {
        lock (_desks)
        {
            if (!_desks.TryGetValue(AgentOf(connection), out var connections))
                _desks.Add(AgentOf(connection), connections = []);
            connections.Add(connection);
        }

        // It ended while it was being connected: its end is not told again.
        if (!connection.Socket.Connected)
        {
            Close(connection);
            return Task.CompletedTask;
        }

        // Listed first and looked up then: what the agent takes in between is found by one of the two.
        return FillAsync(connection, cancellationToken);
    }

    /// <summary>The connection is gone.</summary>
    public void Close(GatewayConnection connection)
    {
        lock (_desks)
        {
            if (!_desks.TryGetValue(AgentOf(connection), out var connections))
                return;

            connections.Remove(connection);
            if (connections.Count == 0)
                _desks.Remove(AgentOf(connection));
        }
    }

    public void OnCommitted(IReadOnlyList<ConversationEvent> entries)
    {
        foreach (var entry in entries)
        {
            if (entry is not Transition { Kind: TransitionKind.Assigned } taken)
                continue;
            foreach (var connection in Of(taken.Conversation.Agent!.Id))
                _ = LaterAsync(connection, () => JoinAsync(connection, taken.ConversationId, connection.Socket.Closed));
        }
    }

    /// <summary>The agents whose desks are open here.</summary>
    public IReadOnlyList<string> Agents
    {
        get
        {
            lock (_desks)
                return [.. _desks.Keys];
        }
    }

    /// <summary>What was taken meanwhile was read because the bus may not have brought it; what was lost, the feeds find out by reading on.</summary>
    public void TakeIn(TailReport report)
    {
        foreach (var conversation in report.Held)
        {
            foreach (var connection in Of(conversation.Agent!.Id).Where(connection => !connection.IsIn(conversation.Id)))
                _ = LaterAsync(connection, () => JoinAsync(connection, conversation.Id, connection.Socket.Closed));
        }
    }

    private async Task FillAsync(GatewayConnection connection, CancellationToken cancellationToken)
    {
        var agent = new Participant(AgentOf(connection), ParticipantType.Agent, connection.Parameters.DisplayName);
        foreach (var conversationId in await _store.FindOpenAsync(agent, cancellationToken))
            await JoinAsync(connection, conversationId, cancellationToken);
    }

    /// <summary>Opens the conversation, as a socket of its own would.</summary>
    private async Task JoinAsync(GatewayConnection connection, Guid conversationId, CancellationToken cancellationToken)
    {
        await connection.Turn.WaitAsync(cancellationToken);
        try
        {
            if (connection.IsIn(conversationId))
                return;

            var conversation = await _chat.ConnectAsync(connection.Caller, conversationId, cancellationToken);
            if (connection.Holds(conversation))
                await _relay.JoinAsync(connection, conversation, seen: null, cancellationToken);
        }
        catch (ChatException exception) when (exception.Error.Code is ErrorCodes.NotFound or ErrorCodes.Forbidden or ErrorCodes.NotAccepted)
        {
            // The agent has lost it meanwhile.
        }
        finally
        {
            connection.Turn.Release();
        }
    }

    /// <summary>Off the thread that publishes: it has others to tell.</summary>
    private async Task LaterAsync(GatewayConnection connection, Func<Task> work)
    {
        await Task.Yield();
        try
        {
            await work();
        }
        catch (Exception) when (connection.Socket.Closed.IsCancellationRequested)
        {
            // It left meanwhile.
        }
        catch (Exception exception)
        {
            SocketFaults.End(connection.Socket, SocketFaults.ErrorOf(exception, _faults));
        }
    }

    private void Leave(ConversationFeed feed, string agentId)
    {
        foreach (var connection in Of(agentId))
            _relay.Leave(connection, feed);
    }

    private GatewayConnection[] Of(string agentId)
    {
        lock (_desks)
            return _desks.TryGetValue(agentId, out var connections) ? [.. connections] : [];
    }

    private static string AgentOf(GatewayConnection connection) => connection.Parameters.Fingerprint!;
}
