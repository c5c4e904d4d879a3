using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace EngineIO.Epoll;

/// <summary>Sets the transport beneath Kestrel.</summary>
public static class EpollHosting
{
    /// <summary>
    /// Has Kestrel receive and send through epoll and one system call for each, on Linux; elsewhere it throws
    /// <see cref="PlatformNotSupportedException"/>. Whatever protocol runs above it, a request is handled on the thread that learned of
    /// it, until it first waits for something else: so nothing there may block, since other connections wait for the same thread.
    /// WebSockets of <see cref="EngineServer"/> leave HTTP behind once their handshake is done: routing, CORS, authorization and
    /// the other middleware see the handshake as ever, the request ends with its 101, and the session goes on over the socket. That frees
    /// what a web server keeps for a request and a connection, most of the memory of an idle one.
    /// </summary>
    /// <remarks>
    /// It takes the place of Kestrel's own socket transport and reads its <c>SocketTransportOptions</c>: <c>Backlog</c>, <c>NoDelay</c> and
    /// <c>CreateBoundListenSocket</c>. Under TLS, WebSockets stay in their requests. What counts or limits requests or connections sees a
    /// WebSocket no longer than its handshake, and so do Kestrel's limits and metrics: connections are limited by
    /// <see cref="EpollOptions"/>, sessions by <see cref="EngineOptions.MaxSessions"/>. When the host stops it waits for them as for other
    /// connections.
    /// </remarks>
    /// <param name="builder">The web host.</param>
    /// <param name="configure">Sets the limits; faults are reported when the web server starts.</param>
    public static IWebHostBuilder UseEpoll(this IWebHostBuilder builder, Action<EpollOptions>? configure = null)
    {
        if (!OperatingSystem.IsLinux())
            throw new PlatformNotSupportedException("epoll is Linux's.");
        return builder.ConfigureServices(services =>
        {
            if (configure is not null)
                services.Configure(configure);
            services.TryAddSingleton<EpollServices>();
            // In the real time, whatever clock the application is given: threads are kept in it.
            services.TryAddSingleton(provider => new EpollLoops(provider.GetRequiredService<ILoggerFactory>(), TimeProvider.System));
            services.TryAddSingleton<IEventLoops>(provider => provider.GetRequiredService<EpollLoops>());
            services.Replace(ServiceDescriptor.Singleton<IConnectionListenerFactory, EpollTransport>());
        });
    }

    /// <summary>
    /// Makes small messages cheap: the thread that learns of a message also handles it and writes the answer. On Linux by
    /// <see cref="UseEpoll"/>, elsewhere by Kestrel's own sockets with inline scheduling. What runs there must not block, since other
    /// connections wait for the same thread: applications whose handlers may block leave this out.
    /// </summary>
    /// <remarks>
    /// Call it while the application is put together. Two settings that go with it are the process's, as the runtime has them for no less:
    /// idle threads of the pool sleep instead of spinning (<c>System.Threading.ThreadPool.UnfairSemaphoreSpinLimit</c> is 0), and other than
    /// on Linux sockets complete inline (<c>DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS</c> is 1). What the environment or the runtime
    /// configuration says of them already stays, and neither has an effect in a process that has used its thread pool or sockets before.
    /// </remarks>
    /// <param name="builder">The web host.</param>
    /// <param name="configure">Sets the limits of the transport; it has no effect where that is Kestrel's own.</param>
    public static IWebHostBuilder UseInlineSockets(this IWebHostBuilder builder, Action<EpollOptions>? configure = null)
    {
        ProcessTuning.Apply();
        return OperatingSystem.IsLinux()
            ? builder.UseEpoll(configure)
            : builder.ConfigureServices(services => services.Configure<SocketTransportOptions>(transport => transport.UnsafePreferInlineScheduling = true));
    }
}
