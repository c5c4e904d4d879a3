using System.Net;
using LiveChat.Server.Rest;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace LiveChat.Server.Hosting;

/// <summary>Which of the two doors something belongs to.</summary>
internal enum Listener
{
    Rest,
    Gateway,

    /// <summary>One door for both, where the two ports are configured to be the same.</summary>
    Both,
}

/// <summary>
/// The two ports. Each connection is marked by the door it came through, and an endpoint is reached only through its own: the
/// Host header plays no part, since a client may send any and a proxy sends its own.
/// </summary>
internal sealed class Listeners
{
    private ListenOptions? _rest;
    private ListenOptions? _gateway;

    public string RestAddress => Address(_rest);

    public string GatewayAddress => Address(_gateway);

    public int RestPort => _rest!.IPEndPoint!.Port;

    public int GatewayPort => _gateway!.IPEndPoint!.Port;

    public void Configure(KestrelServerOptions kestrel, ServerOptions options)
    {
        var address = IPAddress.Parse(options.Host);
        if (options.Rest.Port == options.Gateway.Port && options.Rest.Port != 0)
        {
            kestrel.Listen(address, options.Rest.Port, listen => _rest = _gateway = Mark(listen, Listener.Both));
            return;
        }

        kestrel.Listen(address, options.Rest.Port, listen => _rest = Mark(listen, Listener.Rest));
        kestrel.Listen(address, options.Gateway.Port, listen => _gateway = Mark(listen, Listener.Gateway));
    }

    /// <summary>Runs after routing: an endpoint of the other door does not exist on this one.</summary>
    public static Task SeparateAsync(HttpContext http, RequestDelegate next)
    {
        if (http.GetEndpoint() is { } endpoint
            && http.Features.Get<DoorFeature>() is { Listener: not Listener.Both } door
            && (endpoint.Metadata.GetMetadata<DoorFeature>() ?? DoorFeature.Rest).Listener != door.Listener)
        {
            http.SetEndpoint(null);
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        return next(http);
    }

    private static ListenOptions Mark(ListenOptions listen, Listener listener)
    {
        // HTTP/1.1 alone: that is what WebSockets and every client of ours speak, and without TLS there is nothing to negotiate by.
        listen.Protocols = HttpProtocols.Http1;
        var door = new DoorFeature(listener);
        listen.Use(next => connection =>
        {
            connection.Features.Set(door);
            return next(connection);
        });

        // The gateway answers in Engine.IO's form.
        if (listener is not Listener.Gateway)
            listen.Use(next => connection => WebServerRefusals.WatchAsync(connection, next));
        return listen;
    }

    private static string Address(ListenOptions? listen) => listen is null ? "nowhere" : $"http://{listen.IPEndPoint}";
}

/// <summary>On a connection: the door it came through. On an endpoint: the door it belongs to, REST when nothing is said.</summary>
internal sealed record DoorFeature(Listener Listener)
{
    public static DoorFeature Rest { get; } = new(Listener.Rest);

    public static DoorFeature Gateway { get; } = new(Listener.Gateway);
}
