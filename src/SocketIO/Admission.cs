using EngineIO;
using SocketIO.Protocol;
using SocketIO.Recovery;

namespace SocketIO;

/// <summary>
/// One CONNECT on its way: the recovery store restores what the client left, the middlewares run, the answer is sent, what was
/// missed is replayed, and the handlers of the connect set the socket up. Then its events are handled.
/// </summary>
internal sealed class Admission(SocketServer server, Connection connection, Socket socket, RecoveryRequest? request)
{
    private RecoveredSocket? _recovered;

    private Session Session => connection.Session;

    /// <summary>Runs all of it. Never fails.</summary>
    public async Task RunAsync()
    {
        if (server.Options.HandlerScheduling == HandlerScheduling.ThreadPool)
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);

        if (!await TryRestoreAsync() || !await TryPassMiddlewaresAsync() || !await TryIssuePidAsync())
            return;

        connection.EndConnecting(letIn: true);
        Session.Accept();
        if (!TryAnswer(out var hold))
            return;

        server.Metrics.Connected(socket.Home);
        server.Log.Connected(socket.Home.Name);
        var isSetUp = await TryReplayAsync(hold) && await TrySetUpAsync();
        socket.Start(discard: !isSetUp);
    }

    private async Task<bool> TryRestoreAsync()
    {
        if (request is null)
            return true;

        try
        {
            _recovered = await server.Options.Recovery!.RestoreAsync(request, socket.Closed);
            return true;
        }
        catch (Exception exception)
        {
            OnRecoveryFailed(exception);
            return false;
        }
    }

    private async Task<bool> TryPassMiddlewaresAsync()
    {
        try
        {
            if (_recovered is not null)
                TakeOver(_recovered);
            if (_recovered is not { SkipMiddlewares: true })
            {
                foreach (var middleware in socket.Home.Handlers.Middlewares)
                {
                    await middleware(socket, socket.Closed);
                    if (socket.HasEnded)
                        break;
                }
            }

            return true;
        }
        catch (Exception exception)
        {
            OnRefused(exception);
            return false;
        }
    }

    private async Task<bool> TryIssuePidAsync()
    {
        try
        {
            if (_recovered is null && connection.Protocol == 5 && server.Options.Recovery is { } store && !socket.HasEnded)
                socket.Pid = await store.IssueAsync(socket, socket.Closed);
            return true;
        }
        catch (Exception exception)
        {
            OnRecoveryFailed(exception);
            return false;
        }
    }

    /// <summary>Answers CONNECT; from then on the socket gets what is emitted to it. False when it has ended meanwhile.</summary>
    private bool TryAnswer(out ReplayHold? hold)
    {
        var limits = server.Options.Engine;
        hold = _recovered?.Replay is null ? null : new ReplayHold(limits.MaxSendBufferBytes, limits.MaxSendBufferPackets);
        var json = connection.Protocol == 5 ? ValueJson.ConnectPayload(socket.Id, socket.Pid) : [];
        var answer = server.Options.Codec.Encode(new OutgoingPacket(SocketPacketType.Connect, socket.Home.Name) { Json = json });
        socket.Home.Rooms.Add(socket);
        if (socket.TryConnect(answer, hold))
            return true;

        // Its end may have cleaned up before it was added here, and came too early to be told to the store, which has made a note of it.
        socket.Home.Rooms.Remove(socket);
        if (socket.Pid is { } pid)
            server.Options.Recovery?.Ended(socket, pid, DisconnectReason.ServerNamespaceDisconnect);
        return false;
    }

    /// <summary>Gives a recovered socket what it missed.</summary>
    private async Task<bool> TryReplayAsync(ReplayHold? hold)
    {
        if (hold is null)
            return true;

        try
        {
            hold.BeginReplay();
            await _recovered!.Replay!(socket, socket.Closed);
            socket.ReleaseHold();
            return true;
        }
        catch (Exception exception) when (socket.IsOfTheEnd(exception))
        {
            // There is nobody left to replay to. What the client sent meanwhile still counts.
            return true;
        }
        catch (Exception exception)
        {
            OnSetUpFailed(exception);
            return false;
        }
    }

    /// <summary>Runs the handlers of the connect, to the end even if the client has left meanwhile: its events are handled after them.</summary>
    private async Task<bool> TrySetUpAsync()
    {
        try
        {
            foreach (var handler in socket.Home.Handlers.Connected)
                await handler(socket, server.Running.Token);
            return true;
        }
        catch (Exception exception) when (socket.IsOfTheEnd(exception))
        {
            // The handler wanted something of a client that is gone.
            return true;
        }
        catch (Exception exception)
        {
            OnSetUpFailed(exception);
            return false;
        }
    }

    private void TakeOver(RecoveredSocket recovered)
    {
        if (recovered.Id is { } id)
            socket.Id = id;
        socket.Pid = recovered.Pid;
        socket.Recovered = true;
        foreach (var (key, value) in recovered.Items)
            socket.Items[key] = value;
        foreach (var room in recovered.Rooms)
            socket.Join(room);
    }

    /// <summary>Closes the connection, so that the client tries again. If it were let in as a new client, it would not ask for what it missed.</summary>
    private void OnRecoveryFailed(Exception exception)
    {
        if (!socket.HasEnded)
            server.Log.RestoreFailed(socket.Home.Name, exception);
        connection.EndConnecting(letIn: false);
        Session.Close(CloseReason.ForcedClose);
    }

    private void OnRefused(Exception exception)
    {
        var ended = socket.HasEnded;
        connection.EndConnecting(letIn: false);
        socket.End(DisconnectReason.ServerNamespaceDisconnect);
        if (ended)
            return;

        server.Metrics.Refused(socket.Home);
        if (exception is ConnectRefusedException refused)
        {
            connection.Refuse(socket.Home.Name, refused.Message, refused.Refusal);
        }
        else
        {
            server.Log.MiddlewareFailed(socket.Home.Name, exception);
            connection.Refuse(socket.Home.Name, ConnectRefusal.MiddlewareFailed);
        }
    }

    /// <summary>Closes the connection, so that the client comes back. A socket that is set up by half would be silent for good.</summary>
    private void OnSetUpFailed(Exception exception)
    {
        server.Metrics.HandlerFailed(socket.Home);
        server.Log.HandlerFailed(socket.Home.Name, "connect", exception);
        Session.Close(CloseReason.ForcedClose);
    }
}
