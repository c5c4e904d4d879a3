using System.Globalization;
using SocketIO;
using SocketIO.Recovery;

namespace LiveChat.Server.Gateway;

/// <summary>
/// Socket.IO's connection state recovery, served from the log: an official client that comes back, to whatever server, is given what
/// it missed without a line of its own code. The <c>pid</c> is sealed, the offset is the last sequence that the client saw.
/// </summary>
/// <remarks>
/// A client that is restored goes through the same door as everybody: it is admitted anew, is told SESSION_READY, and the log is
/// replayed from its offset.
/// </remarks>
internal sealed class GatewayRecovery(RecoverySeal seal, ChatService chat) : IRecoveryStore
{
    public async ValueTask<string?> IssueAsync(ISocket socket, CancellationToken cancellationToken)
    {
        if (!KeepsOffsets(socket.Handshake))
            return null;

        var connection = GatewayConnection.Of(socket);
        var conversation = connection.FollowsVisitor
            ? await chat.FindActiveAsync(connection.Parameters.Fingerprint!, cancellationToken)
            : connection.Admitted;
        if (conversation is null)
            return null;

        // Cut off before its first event, the client has no offset yet: it is then given all since this moment.
        var seen = Math.Min(connection.Resume?.Sequence ?? long.MaxValue, conversation.LastSequence);
        return seal.Make(connection.Parameters, new ResumePoint(conversation.Id, seen));
    }

    public async ValueTask<RecoveredSocket?> RestoreAsync(RecoveryRequest request, CancellationToken cancellationToken)
    {
        try
        {
            var parameters = HandshakeParameters.Parse(request.Handshake.Query, request.Handshake.Auth);
            if (seal.Open(request.Pid, parameters) is not { } start || SeenBy(request, start) is not { } resume
                || !await CanFollowAsync(parameters, resume, cancellationToken))
            {
                return null;
            }

            return new RecoveredSocket
            {
                Pid = request.Pid,
                Items = new Dictionary<object, object?> { [typeof(ResumePoint)] = resume },
                SkipMiddlewares = false,
            };
        }
        catch (ChatException exception) when (exception.Error.Code != ErrorCodes.Unavailable)
        {
            // It may not come in at all, which the door says better.
            return null;
        }
    }

    public void Ended(ISocket socket, string pid, DisconnectReason reason)
    {
    }

    public string? Append(RecoveryEvent emitted) => null;

    private static ResumePoint? SeenBy(RecoveryRequest request, ResumePoint start)
    {
        if (request.Offset is null)
            return start;
        return long.TryParse(request.Offset, NumberStyles.None, CultureInfo.InvariantCulture, out var seen) ? start with { Sequence = seen } : null;
    }

    /// <summary>Whether the visitor is still in the conversation that it was in, whose sequences its offset counts.</summary>
    private async Task<bool> CanFollowAsync(HandshakeParameters parameters, ResumePoint resume, CancellationToken cancellationToken)
    {
        if (parameters.ConversationId is null
            && await chat.FindActiveAsync(parameters.Fingerprint!, cancellationToken) is { } active
            && active.Id != resume.ConversationId)
        {
            return false;
        }

        var conversation = await chat.GetAsync(Caller.AnyCustomer, resume.ConversationId, cancellationToken);
        return resume.Sequence <= conversation.LastSequence;
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
