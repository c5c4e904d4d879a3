using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Http;

namespace EngineIO.Transports;

/// <summary>A WebSocket that lives in the request that brought it, over whatever the web server has there: pipes, TLS, a stream of HTTP/2.</summary>
internal sealed class RequestWebSocket : WebSocketConnection
{
    private readonly HttpContext _request;
    private readonly PipeReader _input;

    public RequestWebSocket(HttpContext request, TimeProvider time, PipeReader input, PipeWriter output)
        : base(time, output) => (_request, _input) = (request, input);

    public RequestWebSocket(HttpContext request, TimeProvider time, Stream stream)
        : this(request, time, PipeReader.Create(stream, new StreamPipeReaderOptions(useZeroByteReads: true)), PipeWriter.Create(stream))
    {
    }

    public override async Task ServeAsync(WebSocketTransport transport)
    {
        transport.Begin();
        var reason = CloseReason.TransportClose;
        try
        {
            while (true)
            {
                var result = await _input.ReadAsync();
                var open = Pass(result.Buffer, transport);
                _input.AdvanceTo(result.Buffer.End);
                // The web server cancels the read when it stops. Read on: the session is ended by the shutdown.
                if (!open || result.IsCompleted)
                    break;
            }
        }
        catch (Exception exception) when (IsGone(exception))
        {
            reason = CloseReason.TransportError;
        }

        await transport.EndAsync(reason);
        Finish();
    }

    protected override void Abort() => _request.Abort();

    private static bool Pass(ReadOnlySequence<byte> received, WebSocketTransport transport)
    {
        foreach (var segment in received)
        {
            // Unmasking in place is safe: the buffer belongs to this connection, and all of it is consumed by this read.
            if (!transport.Receive(MemoryMarshal.AsMemory(segment).Span))
                return false;
        }

        return true;
    }
}
