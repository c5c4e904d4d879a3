using System.Net;
using LiveChat.Server.Rest;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace LiveChat.Server.Hosting;

/// <summary>Which of the two ports something belongs to.</summary>
internal enum Listener
{
    Rest,
    Gateway,

    /// <summary>One port for both, where the two ports are configured to be the same.</summary>
    Both,
}

/// <summary>
/// The two ports. Each connection is marked by the listener that took it, and an endpoint is reached only through its own: the
/// Host header plays no part, since a client may send any and a proxy sends its own.
/// </summary>
internal sealed class Listeners(IConfiguration configuration, TimeProvider clock, ILogger<Listeners> log)
{
    private Certificate? _certificate;
    private ListenOptions? _rest;
    private ListenOptions? _gateway;

    public string RestAddress => Address(_rest);

    public string GatewayAddress => Address(_gateway);

    public int RestPort => _rest!.IPEndPoint!.Port;

    public int GatewayPort => _gateway!.IPEndPoint!.Port;

    public void Configure(KestrelServerOptions kestrel, ServerOptions options)
    {
        var address = IPAddress.Parse(options.Host);
        _certificate = Certificate.Find(configuration, clock, log);
        if (options.Rest.Port == options.Gateway.Port && options.Rest.Port != 0)
        {
            kestrel.Listen(address, options.Rest.Port, listen => _rest = _gateway = Mark(listen, Listener.Both));
            return;
        }

        kestrel.Listen(address, options.Rest.Port, listen => _rest = Mark(listen, Listener.Rest));
        kestrel.Listen(address, options.Gateway.Port, listen => _gateway = Mark(listen, Listener.Gateway));
    }

    /// <summary>Runs after routing: an endpoint of the other port does not exist on this one.</summary>
    public static Task SeparateAsync(HttpContext http, RequestDelegate next)
    {
        if (http.GetEndpoint() is { } endpoint
            && http.Features.Get<ListenerFeature>() is { Listener: not Listener.Both } from
            && (endpoint.Metadata.GetMetadata<ListenerFeature>() ?? ListenerFeature.Rest).Listener != from.Listener)
        {
            http.SetEndpoint(null);
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        return next(http);
    }

    private ListenOptions Mark(ListenOptions listen, Listener listener)
    {
        // HTTP/1.1 alone: that is what WebSockets and every client of ours speak.
        listen.Protocols = HttpProtocols.Http1;
        var feature = new ListenerFeature(listener);
        listen.Use(next => connection =>
        {
            connection.Features.Set(feature);
            return next(connection);
        });

        if (_certificate is { } certificate)
            listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => certificate.CurrentAsync() });

        // The gateway answers in Engine.IO's form.
        if (listener is not Listener.Gateway)
            listen.Use(next => connection => WebServerRefusals.WatchAsync(connection, next));
        return listen;
    }

    private string Address(ListenOptions? listen) => listen is null ? "nowhere" : $"{(_certificate is null ? "http" : "https")}://{listen.IPEndPoint}";
}

/// <summary>On a connection: the listener that took it. On an endpoint: the listener it belongs to, REST when nothing is said.</summary>
internal sealed record ListenerFeature(Listener Listener)
{
    public static ListenerFeature Rest { get; } = new(Listener.Rest);

    public static ListenerFeature Gateway { get; } = new(Listener.Gateway);
}
