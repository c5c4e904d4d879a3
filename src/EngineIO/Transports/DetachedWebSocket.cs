namespace EngineIO.Transports;

/// <summary>A WebSocket that leaves its request, and the web server, behind: between two messages it holds no buffer, no task and nothing of HTTP.</summary>
internal sealed class DetachedWebSocket(IDetachableConnection origin, TimeProvider time)
    : WebSocketConnection(time, origin.Pipes.Output), IDetachedReceiver
{
    private IDetachableConnection? _origin = origin;
    private IDetachedConnection? _connection;
    private WebSocketTransport? _transport;

    public override Task ServeAsync(WebSocketTransport transport)
    {
        _transport = transport;
        _connection = _origin!.Detach(this);
        // What the web server keeps for a connection goes with it.
        _origin = null;
        return Task.CompletedTask;
    }

    void IDetachedReceiver.Begin() => _transport!.Begin();

    bool IDetachedReceiver.Receive(Span<byte> bytes) => _transport!.Receive(bytes);

    void IDetachedReceiver.End(bool broken) => _ = EndAsync(broken ? CloseReason.TransportError : CloseReason.TransportClose);

    protected override void Abort() => _connection!.Abort();

    private async Task EndAsync(CloseReason reason)
    {
        try
        {
            await _transport!.EndAsync(reason);
            // The close frame may wait behind what the client has not read yet, for a limited time.
            AbortAfter(_transport.CloseHandshakeTimeout);
        }
        finally
        {
            await _connection!.CloseAsync();
            Finish();
        }
    }
}
