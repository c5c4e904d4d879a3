using EngineIO.Epoll;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace EngineIO;

/// <summary>Sets the transport beneath Kestrel.</summary>
public static class EpollHosting
{
    /// <summary>
    /// Has Kestrel receive and send through epoll and one system call for each, on Linux; elsewhere it throws
    /// <see cref="PlatformNotSupportedException"/>. Whatever protocol runs above it, a request is handled on the thread that learned of
    /// it, until it first waits for something else: so nothing there may block, since other connections wait for the same thread.
    /// WebSockets of this library leave HTTP behind once their handshake is done: routing, CORS, authorization and
    /// the other middleware see the handshake as ever, the request ends with its 101, and the session goes on over the socket. That frees
    /// what a web server keeps for a request and a connection, most of the memory of an idle one.
    /// </summary>
    /// <remarks>
    /// It takes the place of Kestrel's own socket transport and reads its <c>SocketTransportOptions</c>: <c>Backlog</c>, <c>NoDelay</c> and
    /// <c>CreateBoundListenSocket</c>. Under TLS, WebSockets stay in their requests. What counts or limits requests or connections sees a
    /// WebSocket no longer than its handshake, and so do Kestrel's limits and metrics; the limit of the sessions is
    /// <see cref="EngineOptions.MaxSessions"/>. When the host stops it waits for them as for other connections.
    /// </remarks>
    public static IWebHostBuilder UseEpoll(this IWebHostBuilder builder)
    {
        if (!OperatingSystem.IsLinux())
            throw new PlatformNotSupportedException("epoll is Linux's.");
        return builder.ConfigureServices(services =>
        {
            // In the real time, whatever clock the application is given: threads are kept in it.
            services.TryAddSingleton(provider => new EpollLoops(provider.GetRequiredService<ILoggerFactory>(), TimeProvider.System));
            services.TryAddSingleton<IEventLoops>(provider => provider.GetRequiredService<EpollLoops>());
            services.Replace(ServiceDescriptor.Singleton<IConnectionListenerFactory, EpollTransport>());
        });
    }
}
