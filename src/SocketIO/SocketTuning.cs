using EngineIO;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace SocketIO;

/// <summary>
/// Settings of the process that make small messages cheap: the thread that learns of a message also handles it and writes
/// the answer, and idle threads sleep instead of spinning. The price is that whatever runs there must not block, since
/// other connections wait for the same thread: applications whose handlers may block leave <see cref="UseInlineSockets"/>
/// out or set <see cref="SocketIOOptions.HandlerScheduling"/>.
/// </summary>
public static class SocketTuning
{
    /// <summary>
    /// Sets what the runtime reads once, when sockets and thread pool are first used: so call it first thing in the program. What
    /// the environment says already wins.
    /// </summary>
    public static void Apply()
    {
        const string Completions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";
        if (Environment.GetEnvironmentVariable(Completions) is null)
            Environment.SetEnvironmentVariable(Completions, "1");

        const string Spinning = "System.Threading.ThreadPool.UnfairSemaphoreSpinLimit";
        if (AppContext.GetData(Spinning) is null)
            AppContext.SetData(Spinning, "0");
    }

    /// <summary>
    /// Lets Kestrel handle a connection on the thread that reads its socket, and this library write to that socket itself and keep
    /// nothing of the request that a WebSocket began with. It sets Kestrel's endpoint defaults: a program with defaults of its own
    /// calls <see cref="EngineEndpoints.UseWebSocketHandover"/> in them.
    /// </summary>
    public static IWebHostBuilder UseInlineSockets(this IWebHostBuilder builder) => builder.ConfigureServices(services =>
    {
        services.Configure<SocketTransportOptions>(transport => transport.UnsafePreferInlineScheduling = true);
        // Before all else, since endpoint defaults apply to the endpoints that are configured after them.
        services.Insert(0, ServiceDescriptor.Singleton<IConfigureOptions<KestrelServerOptions>>(new ConfigureOptions<KestrelServerOptions>(
            kestrel => kestrel.ConfigureEndpointDefaults(listen => listen.UseWebSocketHandover()))));
        services.Configure<SocketIOOptions>(options => options.DirectSocketWrites = true);
    });
}
