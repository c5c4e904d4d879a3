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

        if (!await TryAsync(RestoreAsync, OnRecoveryFailed)
            || !await TryAsync(PassMiddlewaresAsync, OnRefused)
            || !await TryAsync(IssuePidAsync, OnRecoveryFailed))
            return;

        connection.EndConnecting(letIn: true);
        Session.Accept();
        if (!TryAnswer(out var hold))
            return;

        server.Metrics.Connected(socket.Home);
        server.Log.Connected(socket.Home.Name);
        var isSetUp = await TryAsync(() => ReplayAsync(hold), OnSetUpFailed) && await TryAsync(SetUpAsync, OnSetUpFailed);
        socket.Start(discard: !isSetUp);
    }

    /// <summary>Runs a step. Whoever is told of its failure says whether the admission goes on all the same.</summary>
    private static async Task<bool> TryAsync(Func<Task> step, Func<Exception, bool> onFailed)
    {
        try
        {
            await step();
            return true;
        }
        catch (Exception exception)
        {
            return onFailed(exception);
        }
    }

    private async Task RestoreAsync()
    {
        if (request is not null)
            _recovered = await server.Options.Recovery!.RestoreAsync(request, socket.Closed);
    }

    private async Task PassMiddlewaresAsync()
    {
        if (_recovered is not null)
            TakeOver(_recovered);
        if (_recovered is { SkipMiddlewares: true })
            return;

        foreach (var middleware in socket.Home.Handlers.Middlewares)
        {
            await middleware(socket, socket.Closed);
            if (socket.HasEnded)
                return;
        }
    }

    private async Task IssuePidAsync()
    {
        if (_recovered is null && connection.Protocol == 5 && server.Options.Recovery is { } store && !socket.HasEnded)
            socket.Pid = await store.IssueAsync(socket, socket.Closed);
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
    private async Task ReplayAsync(ReplayHold? hold)
    {
        if (hold is null)
            return;

        hold.BeginReplay();
        await _recovered!.Replay!(socket, socket.Closed);
        socket.ReleaseHold();
    }

    /// <summary>Runs the handlers of the connect, to the end even if the client has left meanwhile: its events are handled after them.</summary>
    private async Task SetUpAsync()
    {
        foreach (var handler in socket.Home.Handlers.Connected)
            await handler(socket, server.Running.Token);
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
    private bool OnRecoveryFailed(Exception exception)
    {
        if (!socket.HasEnded)
            server.Log.RestoreFailed(socket.Home.Name, exception);
        connection.EndConnecting(letIn: false);
        Session.Close(CloseReason.ForcedClose);
        return false;
    }

    private bool OnRefused(Exception exception)
    {
        var ended = socket.HasEnded;
        connection.EndConnecting(letIn: false);
        socket.End(DisconnectReason.ServerNamespaceDisconnect);
        if (ended)
            return false;

        server.Metrics.Refused(socket.Home);
        if (exception is ConnectAbandonedException)
        {
            Session.Close(CloseReason.ForcedClose);
            return false;
        }

        if (exception is ConnectRefusedException refused)
        {
            connection.Refuse(socket.Home.Name, refused.Message, refused.Refusal);
        }
        else
        {
            server.Log.MiddlewareFailed(socket.Home.Name, exception);
            connection.Refuse(socket.Home.Name, ConnectRefusal.MiddlewareFailed);
        }

        return false;
    }

    /// <summary>
    /// Closes the connection, so that the client comes back: a socket that is set up by half would be silent for good. If only the client
    /// is gone, what it sent meanwhile still counts.
    /// </summary>
    private bool OnSetUpFailed(Exception exception)
    {
        if (socket.IsOfTheEnd(exception))
            return true;

        server.Metrics.HandlerFailed(socket.Home);
        server.Log.HandlerFailed(socket.Home.Name, "connect", exception);
        Session.Close(CloseReason.ForcedClose);
        return false;
    }
}
