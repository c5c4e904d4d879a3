using LiveChat.Server.Realtime;
using LiveChat.Server.Security;
using LiveChat.Server.Wire;
using SocketIO;
using SocketIO.Recovery;

namespace LiveChat.Server.Gateway;

/// <summary>
/// Socket.IO's connection state recovery, served from the log: an official client that comes back, to whatever server, is given what
/// it missed without a line of its own code. The <c>pid</c> is sealed, the offset is the last sequence that the client saw.
/// </summary>
/// <remarks>
/// A client that is restored is admitted anew like everybody, is told SESSION_READY, and the log is
/// replayed from its offset.
/// </remarks>
internal sealed class GatewayRecovery(RecoverySeal seal, StoreEpoch epoch, ChatService chat, SocketAuthentication authentication) : IRecoveryStore
{
    /// <summary>Where a visitor stands who has no conversation yet.</summary>
    private static readonly ResumePoint Nowhere = new(Guid.Empty, 0);

    public ValueTask<string?> IssueAsync(ISocket socket, CancellationToken cancellationToken) => ValueTask.FromResult(Issue(socket));

    public async ValueTask<RecoveredSocket?> RestoreAsync(RecoveryRequest request, CancellationToken cancellationToken)
    {
        try
        {
            var (query, auth) = (request.Handshake.Query, request.Handshake.Auth);
            var principal = await authentication.JudgeAsync(query, auth, request.Handshake.Headers, CallerAddress.KeyOf(request.Handshake.Address));
            var parameters = HandshakeParameters.Parse(query, auth, principal.ParticipantId, principal.DisplayName);
            if (seal.Open(request.Pid, parameters, principal.Identity) is not { } start)
                return null;

            var resume = request.Offset is null ? start : ResumePoint.Parse(request.Offset, epoch);
            if (resume is null || !await CanFollowAsync(parameters, Callers.Of(principal, parameters), resume, cancellationToken))
                return null;

            return new RecoveredSocket
            {
                Pid = request.Pid,
                Items = resume == Nowhere ? [] : new Dictionary<object, object?> { [typeof(ResumePoint)] = resume },
                SkipMiddlewares = false,
            };
        }
        catch (ChatException exception) when (exception.Error.Code != ErrorCodes.Unavailable)
        {
            // It may not come in at all, which its admission says better.
            return null;
        }
    }

    private string? Issue(ISocket socket)
    {
        if (!KeepsOffsets(socket.Handshake))
            return null;

        var connection = GatewayConnection.Of(socket);
        if ((connection.Admitted ?? connection.VisitorsOwn) is not { } conversation)
            return connection.FollowsVisitor ? seal.Make(connection.Parameters, SocketCredential.Of(socket).Principal.Identity, Nowhere) : null;

        // Cut off before its first event, the client has no offset yet: it is then given all since it was let in.
        var seen = Math.Min(connection.Resume?.Sequence ?? long.MaxValue, conversation.LastSequence);
        return seal.Make(connection.Parameters, SocketCredential.Of(socket).Principal.Identity, new ResumePoint(conversation.Id, seen));
    }

    public void Ended(ISocket socket, string pid, DisconnectReason reason)
    {
    }

    public string? Append(RecoveryEvent emitted) => null;

    /// <summary>Whether the offset is of a conversation that the client may follow, and not of more than there is.</summary>
    private async Task<bool> CanFollowAsync(HandshakeParameters parameters, Caller caller, ResumePoint resume, CancellationToken cancellationToken)
    {
        if (resume == Nowhere)
            return parameters.ConversationId is null;

        var conversation = await chat.GetAsync(caller, resume.ConversationId, cancellationToken);
        var isItsOwn = parameters.ConversationId is { } named ? named == conversation.Id : conversation.Customer.Id == parameters.Fingerprint;
        return isItsOwn && resume.Sequence <= conversation.LastSequence;
    }

    /// <summary>
    /// Whether the client's library knows of offsets, which are one argument more in each event: the official one, of browsers and
    /// of Node. It does not say so itself, so what its requests look like must do; the others would stumble over the argument, and
    /// resume with <c>after</c>.
    /// </summary>
    private static bool KeepsOffsets(Handshake handshake)
    {
        var headers = handshake.Headers;
        return headers.TryGetValue("user-agent", out var agent) && agent.Length > 0
            ? agent.Contains("Mozilla/", StringComparison.Ordinal) || agent.StartsWith("node", StringComparison.OrdinalIgnoreCase)
            : headers.TryGetValue("sec-websocket-extensions", out var extensions) && extensions.StartsWith("permessage-deflate", StringComparison.OrdinalIgnoreCase);
    }
}
