using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using LiveChat.Server.Realtime;
using LiveChat.Server.Security;
using LiveChat.Server.Wire;
using SocketIO;

namespace LiveChat.Server.Gateway;

/// <summary>
/// The Socket.IO side of the chat: a handshake becomes rooms, events come in, and the relay and the queue broadcaster send. It
/// decides no rule: that is <see cref="ChatService"/>'s, which REST shares.
/// </summary>
internal sealed class ChatGateway(
    ChatService chat,
    EventRelay relay,
    AgentDesks desks,
    QueueBroadcaster queue,
    TypingSockets typing,
    SocketAuthentication authentication,
    CallerRateLimit rateLimit,
    ChatOptions options,
    TimeProvider clock,
    Faults faults)
{
    public void Register(ISocketIO io) => io.Of("/")
        .Use(AdmitAsync)
        .OnConnected(ConnectedAsync)
        .OnDisconnected(Disconnected)
        .UseEvents(AnswerAsync)
        .On(EventNames.ChatSend, SendAsync)
        .On(EventNames.ChatTyping, TypeAsync)
        .On(EventNames.ChatRead, ReadAsync)
        .On(EventNames.ConversationClose, CloseAsync)
        .On(EventNames.AuthRefresh, RefreshAsync)
        .OnUnhandled(RefuseUnknownAsync);

    /// <summary>A handshake that cannot be honoured is answered with CONNECT_ERROR, and nothing is joined.</summary>
    private async ValueTask AdmitAsync(ISocket socket, CancellationToken cancellationToken)
    {
        try
        {
            // 401, then 403 of the role, then what is wrong with the rest: nothing is read of the store before.
            var (query, auth) = (socket.Handshake.Query, socket.Handshake.Auth);
            var address = CallerAddress.KeyOf(socket.Handshake.Address);
            var principal = await authentication.JudgeAsync(query, auth, socket.Handshake.Headers, address);
            var parameters = HandshakeParameters.Parse(query, auth, principal.ParticipantId, principal.DisplayName);
            var caller = Callers.Of(principal, parameters);
            if (parameters.ConversationId is null && caller.NamesAnother)
                throw new ChatException(ChatError.AnotherNamed);

            // Also where it names none something is read: a store that is away decides nothing.
            var (admitted, visitors) = ((Conversation?)null, (Conversation?)null);
            if (parameters.ConversationId is { } conversationId)
            {
                admitted = parameters.Role is ParticipantType.Agent
                    ? await chat.ConnectAsync(caller, conversationId, cancellationToken)
                    : await chat.GetAsync(caller, conversationId, cancellationToken);
            }
            else if (parameters.Role is ParticipantType.Customer)
            {
                visitors = await chat.FindActiveAsync(caller, parameters.Fingerprint!, cancellationToken);
            }
            else
            {
                await chat.ReadQueueAsync(caller, after: null, offset: 0, count: 1, cancellationToken);
            }

            socket.Items[typeof(GatewayConnection)] =
                new GatewayConnection(socket, parameters, caller, RateLimitKey(principal, parameters, address))
                { Admitted = admitted, VisitorsOwn = visitors };
            socket.Items[typeof(SocketCredential)] = new SocketCredential(socket, principal, address, clock);
        }
        catch (ChatException exception) when (exception.Error.Code is ErrorCodes.Unavailable or ErrorCodes.Internal)
        {
            // Nobody knows yet whether it may come in: an official client comes back by itself from a lost connection, and from no refusal.
            SocketFaults.ErrorOf(exception, faults);
            throw new ConnectAbandonedException(exception.Message);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            var error = SocketFaults.ErrorOf(exception, faults);
            throw new ConnectRefusedException(error.Message, SocketFaults.Data(error));
        }
    }

    private async ValueTask ConnectedAsync(ISocket socket, CancellationToken cancellationToken)
    {
        var connection = GatewayConnection.Of(socket);
        var parameters = connection.Parameters;
        SocketCredential.Of(socket).Watch();
        try
        {
            if (connection.Admitted is { } conversation)
                await relay.JoinAsync(connection, conversation, connection.Resume?.Sequence, cancellationToken);
            else if (connection.FollowsVisitor)
                await relay.FollowAsync(connection, cancellationToken);

            if (parameters is { Role: ParticipantType.Agent, Fingerprint: { } agentId } && connection.Seat is not Seat.Listener)
                relay.Present(connection, new Participant(agentId, ParticipantType.Agent, parameters.DisplayName));
            if (parameters.WatchesQueue)
                await queue.JoinAsync(socket, cancellationToken);
            if (parameters.IsDesk)
                await desks.OpenAsync(connection, cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            SocketFaults.End(socket, SocketFaults.ErrorOf(exception, faults));
        }
    }

    private ValueTask Disconnected(ISocket socket, DisconnectReason reason)
    {
        SocketCredential.Of(socket).Dispose();
        typing.Ended(socket);
        if (GatewayConnection.Of(socket) is { Parameters.IsDesk: true } desk)
            desks.Close(desk);
        relay.Close(GatewayConnection.Of(socket), reason);
        return ValueTask.CompletedTask;
    }

    /// <summary>Runs one event, and answers it whatever comes of it: in the acknowledgement, else as <c>system:error</c>.</summary>
    private async ValueTask AnswerAsync(SocketEvent received, SocketEventHandler next, CancellationToken cancellationToken)
    {
        try
        {
            await rateLimit.TakeAsync(GatewayConnection.Of(received.Socket).RateLimitKey);
            await next(received, cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            var error = SocketFaults.ErrorOf(exception, faults);
            if (received.AckRequested)
                received.Ack(new ErrorAck(SocketErrorBody.From(error)), Json.Wire.ErrorAck);
            else
                SocketFaults.Emit(received.Socket, error);
        }
    }

    // 1 An event binds like a request; the rules are ChatService's.
    private async ValueTask SendAsync(SocketEvent received, CancellationToken cancellationToken)
    {
        var connection = GatewayConnection.Of(received.Socket);
        var request = Bind(received, Json.Wire.SendMessageRequest);
        var conversationId = ConversationId(request.ConversationId, connection);
        var draft = new FieldErrors().Draft(request, options.Message);
        var sent = await chat.SendAsync(connection.Caller, conversationId, draft, cancellationToken);
        received.Ack(new MessageAck(sent.Message), Json.Wire.MessageAck);
    }

    private async ValueTask TypeAsync(SocketEvent received, CancellationToken cancellationToken)
    {
        var connection = GatewayConnection.Of(received.Socket);
        var request = Bind(received, Json.Wire.TypingRequest);
        var conversationId = ConversationId(request.ConversationId, connection);
        var errors = new FieldErrors();
        if (request.Typing is null)
            errors.Add("typing", "is required");
        errors.ThrowIfAny();
        var typist = await chat.TypeAsync(connection.Caller, conversationId, relay.Known(conversationId), cancellationToken);
        typing.Type(received.Socket, conversationId, typist, request.Typing!.Value);
        received.Ack(DoneAck.Instance, Json.Wire.DoneAck);
    }

    private async ValueTask ReadAsync(SocketEvent received, CancellationToken cancellationToken)
    {
        var connection = GatewayConnection.Of(received.Socket);
        var request = Bind(received, Json.Wire.ReadRequest);
        var conversationId = ConversationId(request.ConversationId, connection);
        var sequence = new FieldErrors().Sequence(request);
        await chat.ReadAsync(connection.Caller, conversationId, sequence, cancellationToken);
        received.Ack(DoneAck.Instance, Json.Wire.DoneAck);
    }

    private async ValueTask CloseAsync(SocketEvent received, CancellationToken cancellationToken)
    {
        var connection = GatewayConnection.Of(received.Socket);
        var request = received.Arguments.Count == 0
            ? new CloseRequest(null, null, null)
            : Bind(received, Json.Wire.CloseRequest);
        var conversationId = ConversationId(request.ConversationId, connection);
        var errors = new FieldErrors();
        var reason = errors.Optional("reason", request.Reason, Limits.Reason);
        errors.ThrowIfAny();
        var closed = await chat.CloseAsync(connection.Caller, conversationId, reason, cancellationToken);
        received.Ack(new ConversationAck(ConversationBody.From(closed)), Json.Wire.ConversationAck);
    }

    private async ValueTask RefreshAsync(SocketEvent received, CancellationToken cancellationToken)
    {
        var connection = GatewayConnection.Of(received.Socket);
        var request = Bind(received, Json.Wire.AuthRefreshRequest);
        var errors = new FieldErrors();
        var token = errors.Required("token", request.Token, Authenticator.LongestCredential);
        errors.ThrowIfAny();
        var credential = SocketCredential.Of(received.Socket);
        var principal = await authentication.RefreshAsync(credential.Principal, connection.Parameters.Role, token, credential.Address);
        credential.Renew(principal.ExpiresAt);
        received.Ack(new AuthRefreshAck(principal.StatedEnd), Json.Wire.AuthRefreshAck);
    }

    private static string RateLimitKey(Principal principal, HandshakeParameters parameters, string address) => principal is KeyPrincipal backend
        ? CallerRateLimit.KeyOf(backend, parameters.Role, parameters.Fingerprint, parameters.ConversationId?.ToString())
        : CallerRateLimit.KeyOf(principal, address);

    private static ValueTask RefuseUnknownAsync(SocketEvent received, CancellationToken cancellationToken) =>
        received.AckRequested
            ? throw new ChatException(new ChatError(ErrorCodes.UnknownEvent, "There is no such event."))
            : ValueTask.CompletedTask;

    private static T Bind<T>(SocketEvent received, JsonTypeInfo<T> type)
        where T : class
    {
        if (received.Attachments.Count > 0)
            throw new ChatException(new ChatError(ErrorCodes.Validation, "The event must not carry binary values."));
        if (received.Arguments is [{ ValueKind: JsonValueKind.Object } argument, ..] && argument.Deserialize(type) is { } bound)
            return bound;

        throw new ChatException(new ChatError(ErrorCodes.Validation, "The event's argument must be a JSON object."));
    }

    private static Guid ConversationId(string? given, GatewayConnection connection)
    {
        if (string.IsNullOrEmpty(given) && connection.ConversationId is { } joined)
            return joined;

        var errors = new FieldErrors();
        var conversationId = errors.ConversationId("conversationId", given);
        errors.ThrowIfAny();
        return conversationId;
    }
}
