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
    private static readonly TimeSpan Breather = TimeSpan.FromMilliseconds(100);

    private readonly LogPace _failurePace = new(services.Clock, TimeSpan.FromMinutes(1));
    private readonly ConcurrentDictionary<EpollSocket, bool> _left = [];
    private CancellationToken _impatient;
    private volatile bool _enough;
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
                await Task.Delay(Breather, services.Clock, cancellationToken);
            }
            catch (SocketException)
            {
                // Reset by the client while it waited to be accepted.
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
        _impatient = cancellationToken;
        socket.Dispose();
        return default;
    }

    /// <summary>A socket of this listener goes on without the web server.</summary>
    public void Enter(EpollSocket left)
    {
        _left[left] = true;
        // Seen after it was added, so whoever cuts all off has it in the list, or it is cut off here.
        if (_enough)
            left.Abort();
    }

    /// <summary>Such a socket has been closed.</summary>
    public void Left(EpollSocket left)
    {
        _left.TryRemove(left, out _);
        if (Volatile.Read(ref _empty) is { } empty && _left.IsEmpty)
            empty.TrySetResult();
    }

    /// <summary>
    /// Waits for the sockets that go on without the web server, as it does itself for those that it knows: until the token of
    /// <see cref="UnbindAsync"/> says that it is enough.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        socket.Dispose();
        var empty = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _empty, empty);
        Interlocked.MemoryBarrier();
        if (!_left.IsEmpty)
            await empty.Task.WaitAsync(_impatient).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _enough = true;
        Interlocked.MemoryBarrier();
        foreach (var left in _left.Keys)
            left.Abort();
    }
}
