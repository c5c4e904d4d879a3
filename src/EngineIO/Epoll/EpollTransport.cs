using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace EngineIO.Epoll;

/// <summary>Kestrel's transport over epoll: one loop for each processor, started with the first listener.</summary>
internal sealed class EpollTransport : IConnectionListenerFactory, IConnectionListenerFactorySelector, IDisposable
{
    private readonly SocketTransportOptions _options;
    private readonly Log _log;
    private readonly MemoryPool<byte> _memory;
    private readonly Lazy<EpollLoop[]> _loops;

    public EpollTransport(IOptions<SocketTransportOptions> options, IMemoryPoolFactory<byte> pools, ILoggerFactory loggers)
    {
        _options = options.Value;
        _memory = pools.Create(new MemoryPoolOptions { Owner = "epoll" });
        _log = new Log(loggers.CreateLogger("EngineIO"));
        _loops = new(() => [.. Enumerable.Range(0, Environment.ProcessorCount).Select(number => new EpollLoop(number, _log))]);
    }

    public bool CanBind(EndPoint endpoint) => endpoint is IPEndPoint or UnixDomainSocketEndPoint or FileHandleEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        Socket socket;
        try
        {
            socket = _options.CreateBoundListenSocket(endpoint);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new AddressInUseException(exception.Message, exception);
        }

        socket.Listen(_options.Backlog);
        return new(new EpollListener(socket, _loops.Value, _memory, _options.NoDelay, _log));
    }

    public void Dispose()
    {
        if (_loops.IsValueCreated)
        {
            foreach (var loop in _loops.Value)
                loop.Dispose();
        }

        _memory.Dispose();
    }
}
