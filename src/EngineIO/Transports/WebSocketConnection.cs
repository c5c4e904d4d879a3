using System.Buffers.Text;
using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace EngineIO.Transports;

/// <summary>The bytes of an accepted WebSocket, and the way to cut it off.</summary>
internal sealed class WebSocketConnection
{
    private readonly TimeProvider _time;
    private readonly Lock _finishing = new();

    // What is cut off in the end: the request that the WebSocket lives in or, when it takes the connection over, that one.
    private readonly HttpContext? _request;
    private readonly ConnectionContext? _connection;
    private ConnectionHandover? _handover;
    private bool _finished;
    private ITimer? _abort;

    private WebSocketConnection(HttpContext context, TimeProvider time, PipeReader input, PipeWriter output, ConnectionHandover? handover = null)
    {
        _handover = handover;
        _connection = handover?.Connection;
        _request = handover is null ? context : null;
        _time = time;
        Input = input;
        Output = output;
    }

    public PipeReader Input { get; }

    public PipeWriter Output { get; }

    /// <summary>Whether the request asks for a WebSocket, over HTTP/1.1 (RFC 6455) or by extended CONNECT (RFC 8441).</summary>
    public static bool IsRequested(HttpContext context)
    {
        if (context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } connect)
            return string.Equals(connect.Protocol, "websocket", StringComparison.OrdinalIgnoreCase);

        return HttpMethods.IsGet(context.Request.Method)
            && context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true }
            && string.Equals(context.Request.Headers.Upgrade, "websocket", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Accepts the request. Null when its WebSocket headers are not those of RFC 6455, or the server takes no more upgraded connections.</summary>
    public static async ValueTask<WebSocketConnection?> TryAcceptAsync(HttpContext context, TimeProvider time, bool directWrites)
    {
        var request = context.Request.Headers;
        var response = context.Response.Headers;
        if (request.SecWebSocketVersion != "13")
            return null;

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

        if (extended)
            return FromStream(context, time, await connect!.AcceptAsync());

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
        if (context.Features.Get<IConnectionTransportFeature>() is { Transport: { } transport } && HttpProtocol.IsHttp11(context.Request.Protocol))
        {
            // Without TLS the bytes of the pipe are those of the socket. With inline scheduling, which the option asks for,
            // the flush of the 101 has reached the socket when it returns, so nothing written there overtakes it.
            var plain = directWrites && context.Features.Get<ITlsHandshakeFeature>() is null && !context.Request.IsHttps;
            var output = plain && context.Features.Get<IConnectionSocketFeature>() is { Socket: { } socket } ? new SocketPipeWriter(socket) : transport.Output;
            var handover = context.Features.Get<ConnectionHandover>() is { IsPossible: true } possible ? possible : null;
            return new WebSocketConnection(context, time, transport.Input, output, handover);
        }

        return FromStream(context, time, stream);
    }

    /// <summary>Whether an exception from the pipes means that the connection is gone, rather than a fault of ours.</summary>
    public static bool IsGone(Exception exception) =>
        exception is IOException or OperationCanceledException or ConnectionAbortedException or InvalidOperationException or ObjectDisposedException;

    /// <summary>Serves the session: after the request where it can leave the connection behind, else for as long as the request lasts.</summary>
    public Task ServeAsync(Func<Session, Task> serve, Session session)
    {
        if (_handover is not { } handover)
            return serve(session);

        _handover = null;
        handover.Take(serve, session);
        return Task.CompletedTask;
    }

    /// <summary>Cuts the connection after a while, unless it has ended by then.</summary>
    public void AbortAfter(TimeSpan delay)
    {
        lock (_finishing)
        {
            if (!_finished)
                _abort ??= _time.CreateTimer(static state => ((WebSocketConnection)state!).Abort(), this, delay, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>The session is about to let go of the connection; after this it belongs to someone else.</summary>
    public void Finish()
    {
        lock (_finishing)
        {
            _finished = true;
            _abort?.Dispose();
        }
    }

    private static WebSocketConnection FromStream(HttpContext context, TimeProvider time, Stream stream) => new(
        context, time, PipeReader.Create(stream, new StreamPipeReaderOptions(useZeroByteReads: true)), PipeWriter.Create(stream));

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

    private void Abort()
    {
        lock (_finishing)
        {
            if (_finished)
                return;
            _connection?.Abort(new ConnectionAbortedException("The client did not answer the close of its WebSocket."));
            _request?.Abort();
        }
    }
}
