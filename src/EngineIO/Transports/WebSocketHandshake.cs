using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using EngineIO.Protocol;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace EngineIO.Transports;

/// <summary>The opening handshake of a WebSocket (RFC 6455, section 4.2, and RFC 8441).</summary>
internal static class WebSocketHandshake
{
    /// <summary>Whether the request asks for a WebSocket, over HTTP/1.1 (RFC 6455) or by extended CONNECT (RFC 8441).</summary>
    public static bool IsRequested(HttpContext context)
    {
        if (context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } connect)
            return string.Equals(connect.Protocol, "websocket", StringComparison.OrdinalIgnoreCase);

        // An upgrade that HTTP/1.0 asks for is to be ignored (RFC 9110, section 7.8).
        return HttpMethods.IsGet(context.Request.Method)
            && !HttpProtocol.IsHttp10(context.Request.Protocol)
            && context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true }
            && string.Equals(context.Request.Headers.Upgrade, "websocket", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Accepts the request. Null when its WebSocket headers are not those of RFC 6455, or the server takes no more upgraded connections.</summary>
    /// <param name="context">The request.</param>
    /// <param name="time">The clock of the connection's timeouts.</param>
    /// <param name="allowDeflate">Whether messages are compressed where the client offers it.</param>
    public static async ValueTask<WebSocketConnection?> TryAcceptAsync(HttpContext context, TimeProvider time, bool allowDeflate)
    {
        var request = context.Request.Headers;
        var response = context.Response.Headers;
        if (request.SecWebSocketVersion != "13")
        {
            // So that the client knows what it could ask for (RFC 6455, section 4.4).
            response.SecWebSocketVersion = "13";
            return null;
        }

        var connect = context.Features.Get<IHttpExtendedConnectFeature>();
        var extended = connect is { IsExtendedConnect: true };
        var key = request.SecWebSocketKey.ToString();
        if (!extended)
        {
            if (!TryComputeAccept(key, out var accept))
                return null;
            response.SecWebSocketAccept = accept;
        }

        // A browser that offers subprotocols drops the connection when none is chosen.
        if (request.SecWebSocketProtocol.Count > 0 && FirstProtocol(request.SecWebSocketProtocol.ToString()) is { } protocol)
            response.SecWebSocketProtocol = protocol;

        var extension = allowDeflate ? MessageDeflate.Negotiate(request.SecWebSocketExtensions.ToString()) : null;
        if (extension is not null)
            response.SecWebSocketExtensions = extension;
        var connection = extended ? new RequestWebSocket(context, time, await connect!.AcceptAsync()) : await UpgradeAsync(context, time);
        connection?.IsDeflated = extension is not null;
        return connection;
    }

    private static async ValueTask<WebSocketConnection?> UpgradeAsync(HttpContext context, TimeProvider time)
    {
        var response = context.Response.Headers;
        response.Upgrade = "websocket";
        response.Connection = "Upgrade";
        Stream stream;
        try
        {
            stream = await context.Features.Get<IHttpUpgradeFeature>()!.UpgradeAsync();
        }
        catch (InvalidOperationException) when (!context.Response.HasStarted)
        {
            return null;
        }

        // Beneath an upgraded HTTP/1.1 connection lie the pipes of the connection itself, and the server leaves them alone
        // until the request ends: reading and writing there saves a copy, and a layer, each way.
        var pipes = HttpProtocol.IsHttp11(context.Request.Protocol) ? context.Features.Get<IConnectionTransportFeature>()?.Transport : null;
        if (pipes is null)
            return new RequestWebSocket(context, time, stream);

        // With TLS between HTTP and the connection the pipes are others.
        return context.Features.Get<IDetachableConnection>() is { } connection && connection.Pipes == pipes
            ? new DetachedWebSocket(connection, time)
            : new RequestWebSocket(context, time, pipes.Input, pipes.Output);
    }

    private static bool TryComputeAccept(string key, out string accept)
    {
        accept = "";
        if (key.Length != 24 || !Base64.IsValid(key, out var decoded) || decoded != 16)
            return false;

        Span<byte> source = stackalloc byte[60];
        Encoding.ASCII.GetBytes(key, source);
        "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"u8.CopyTo(source[24..]);
        // RFC 6455 fixes SHA-1 here; it protects nothing.
#pragma warning disable CA5350
        accept = Convert.ToBase64String(SHA1.HashData(source));
#pragma warning restore CA5350
        return true;
    }

    private static string? FirstProtocol(string offered)
    {
        var end = offered.IndexOf(',', StringComparison.Ordinal);
        var first = (end < 0 ? offered : offered[..end]).Trim();
        return first.Length is > 0 and <= 100 && first.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_') ? first : null;
    }
}
