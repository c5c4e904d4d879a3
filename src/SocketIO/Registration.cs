using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace SocketIO;

/// <summary>What a namespace and a family of namespaces have in common: the registration of handlers, and the operators.</summary>
internal abstract class Registration(SocketServer server, string name, NamespaceHandlers handlers) : INamespace, IBroadcaster
{
    public SocketServer Server => server;

    public string Name => name;

    public JsonSerializerOptions? SerializerOptions => server.Options.SerializerOptions;

    public NamespaceHandlers Handlers => handlers;

    public abstract int SocketCount { get; }

    public BroadcastOperator Volatile => Everyone.Volatile;

    private BroadcastOperator Everyone => new(this);

    public INamespace Use(Func<ISocket, CancellationToken, ValueTask> middleware)
    {
        handlers.Register(() => handlers.Middlewares.Add(middleware));
        return this;
    }

    public INamespace OnConnected(Func<ISocket, CancellationToken, ValueTask> handler)
    {
        handlers.Register(() => handlers.Connected.Add(handler));
        return this;
    }

    public INamespace OnDisconnected(Func<ISocket, DisconnectReason, ValueTask> handler)
    {
        handlers.Register(() => handlers.Disconnected.Add(handler));
        return this;
    }

    public INamespace OnDisconnecting(Action<ISocket, DisconnectReason> handler)
    {
        handlers.Register(() => handlers.Disconnecting.Add(handler));
        return this;
    }

    public INamespace UseEvents(SocketEventMiddleware middleware)
    {
        handlers.UseEvents(middleware);
        return this;
    }

    public INamespace On(string eventName, SocketEventHandler handler)
    {
        handlers.On(eventName, handler);
        return this;
    }

    public INamespace OnUnhandled(SocketEventHandler handler)
    {
        handlers.OnUnhandled(handler);
        return this;
    }

    public INamespace OnAny(Action<SocketEvent> listener)
    {
        handlers.Register(() => handlers.Listeners.Add(listener));
        return this;
    }

    public INamespace OnAnyOutgoing(Action<ISocket, OutgoingEvent> listener)
    {
        handlers.Register(() => handlers.OutgoingListeners.Add(listener));
        return this;
    }

    public abstract ISocket? FindSocket(string id);

    public BroadcastOperator To(string room) => Everyone.To(room);

    public BroadcastOperator To(params ReadOnlySpan<string> rooms) => Everyone.To(rooms);

    public BroadcastOperator In(string room) => Everyone.To(room);

    public BroadcastOperator Except(string room) => Everyone.Except(room);

    public BroadcastOperator Except(params ReadOnlySpan<string> rooms) => Everyone.Except(rooms);

    public BroadcastOperator WithOffset(string offset) => Everyone.WithOffset(offset);

    public int Emit(string eventName) => Everyone.Emit(eventName);

    public int Emit(string eventName, ReadOnlyMemory<byte> utf8Json) => Everyone.Emit(eventName, utf8Json);

    public int Emit<T>(string eventName, T value, JsonTypeInfo<T> type) => Everyone.Emit(eventName, value, type);

    public int Emit(string eventName, EventArguments arguments) => Everyone.Emit(eventName, arguments);

    public Task<BroadcastAcknowledgement> EmitWithAckAsync(string eventName, EventArguments arguments, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        Everyone.EmitWithAckAsync(eventName, arguments, timeout, cancellationToken);

    public IReadOnlyList<ISocket> FetchSockets() => Everyone.FetchSockets();

    public void SocketsJoin(params ReadOnlySpan<string> rooms) => Everyone.SocketsJoin(rooms);

    public void SocketsLeave(params ReadOnlySpan<string> rooms) => Everyone.SocketsLeave(rooms);

    public void DisconnectSockets(bool close = false) => Everyone.DisconnectSockets(close);

    public abstract int Broadcast(in BroadcastOperator choice, string eventName, ReadOnlySpan<byte> json, IReadOnlyList<ReadOnlyMemory<byte>> attachments);

    public abstract IReadOnlyList<Socket> Select(in BroadcastOperator choice);

    public async Task<BroadcastAcknowledgement> BroadcastWithAckAsync(BroadcastOperator choice, string eventName, EventArguments arguments, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        var asked = Select(choice).Select(socket => AskAsync(socket)).ToArray();
        var answers = await Task.WhenAll(asked);
        var responses = answers.OfType<Acknowledgement>().ToArray();
        return new BroadcastAcknowledgement(responses, answers.Length - responses.Length);

        async Task<Acknowledgement?> AskAsync(Socket socket)
        {
            try
            {
                return await socket.EmitWithAckAsync(eventName, arguments, timeout, cancellationToken);
            }
            catch (Exception exception) when (exception is TimeoutException or SocketDisconnectedException or InvalidOperationException)
            {
                return null;
            }
        }
    }
}
