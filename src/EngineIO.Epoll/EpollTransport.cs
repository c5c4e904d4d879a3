using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace EngineIO.Epoll;

/// <summary>Kestrel's transport over epoll. The loops start with the first listener.</summary>
internal sealed class EpollTransport : IConnectionListenerFactory, IConnectionListenerFactorySelector, IDisposable
{
    private readonly SocketTransportOptions _options;
    private readonly EpollServices _services;
    private readonly MemoryPool<byte> _memory;
    private readonly EpollLoops _loops;

    public EpollTransport(IOptions<SocketTransportOptions> options, IMemoryPoolFactory<byte> pools, EpollLoops loops, EpollServices services)
    {
        _options = options.Value;
        _memory = pools.Create(new MemoryPoolOptions { Owner = "epoll" });
        _services = services;
        _loops = loops;
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
        return new(new EpollListener(socket, _loops.All, _memory, _options.NoDelay, _services));
    }

    public void Dispose()
    {
        // Nothing is received into its buffers after the loops have ended.
        _loops.Dispose();
        _memory.Dispose();
    }
}
