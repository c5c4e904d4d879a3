using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace EngineIO.Epoll;

/// <summary>Accepts the connections of one endpoint and deals them out to the loops in turn.</summary>
internal sealed class EpollListener(Socket socket, EpollLoop[] loops, MemoryPool<byte> memory, bool noDelay, EpollServices services) : IConnectionListener
{
    /// <summary>How long to wait when the process has no descriptors left: the connections that wait are accepted when some are closed.</summary>
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(100);

    private readonly LogPace _failurePace = new(services.Clock, TimeSpan.FromMinutes(1));
    private readonly ConcurrentDictionary<EpollSocket, bool> _detached = [];
    private CancellationToken _stopWaiting;
    private volatile bool _cutAll;
    private TaskCompletionSource? _empty;
    private uint _next;

    public EndPoint EndPoint { get; } = socket.LocalEndPoint!;

    public EpollServices Services => services;

    public Log Log => services.Log;

    /// <summary>What the web server takes its buffers from.</summary>
    public MemoryPool<byte> MemoryPool => memory;

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                var accepted = await socket.AcceptAsync(cancellationToken);
                if (TryBegin(accepted) is { } connection)
                    return connection;
            }
            catch (ObjectDisposedException)
            {
                return null;
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.OperationAborted)
            {
                return null;
            }
            catch (SocketException exception) when (exception.SocketErrorCode is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable)
            {
                if (_failurePace.IsDue(out _))
                    Log.AcceptFailed(exception.SocketErrorCode);
                await Task.Delay(RetryDelay, services.Clock, cancellationToken);
            }
            catch (SocketException)
            {
                // The client has reset the connection before it was accepted.
            }
        }
    }

    /// <summary>Lets a connection in; null when it is closed again, because of a limit or because the client is gone.</summary>
    private EpollConnection? TryBegin(Socket accepted)
    {
        var counted = false;
        try
        {
            counted = services.Limits.TryEnter(accepted);
            if (counted)
            {
                // Unix domain sockets have nothing to delay.
                if (accepted.LocalEndPoint is IPEndPoint)
                    accepted.NoDelay = noDelay;
                var connection = new EpollConnection(accepted, loops[_next++ % loops.Length], this);
                connection.Start();
                return connection;
            }
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            if (counted)
                services.Limits.Leave(services.Limits.AddressOf(accepted));
        }

        accepted.Dispose();
        return null;
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        _stopWaiting = cancellationToken;
        socket.Dispose();
        return default;
    }

    /// <summary>A socket of this listener goes on without the web server.</summary>
    public void AddDetached(EpollSocket detached)
    {
        _detached[detached] = true;
        // Read after the socket was added: either DisposeAsync finds it in the list, or it has set this before.
        if (_cutAll)
            detached.Abort();
    }

    /// <summary>Such a socket has been closed.</summary>
    public void RemoveDetached(EpollSocket detached)
    {
        _detached.TryRemove(detached, out _);
        if (Volatile.Read(ref _empty) is { } empty && _detached.IsEmpty)
            empty.TrySetResult();
    }

    /// <summary>
    /// Waits for the sockets that go on without the web server, as the web server does for those that it knows, until the token of
    /// <see cref="UnbindAsync"/> is cancelled; then cuts off those that are left.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        socket.Dispose();
        var empty = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _empty, empty);
        Interlocked.MemoryBarrier();
        if (!_detached.IsEmpty)
            await empty.Task.WaitAsync(_stopWaiting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _cutAll = true;
        Interlocked.MemoryBarrier();
        foreach (var detached in _detached.Keys)
            detached.Abort();
    }
}
