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
                // A read that is cancelled means that the web server is stopping; the session ends in its turn.
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
            // The buffer is this connection's own and consumed now, so nobody sees that it is unmasked in place.
            if (!transport.Receive(MemoryMarshal.AsMemory(segment).Span))
                return false;
        }

        return true;
    }
}
