using System.Diagnostics.Metrics;

namespace SocketIO;

/// <summary>The meter <c>SocketIO</c>. Namespaces made by pattern are counted together, under the pattern: clients choose their names.</summary>
internal sealed class SocketMetrics
{
    public const string MeterName = "SocketIO";

    private readonly UpDownCounter<long> _active;
    private readonly Counter<long> _connected;
    private readonly Counter<long> _disconnected;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _handlerFailures;
    private readonly Counter<long> _unhandled;
    private readonly Counter<long> _invalid;
    private readonly Counter<long> _ackTimeouts;
    private readonly Counter<long> _volatileDropped;
    private readonly Counter<long> _limits;

    public SocketMetrics(IMeterFactory factory)
    {
        var meter = factory.Create(MeterName);
        _active = meter.CreateUpDownCounter<long>("socketio.sockets.active", "{socket}", "Sockets connected now, by namespace.");
        _connected = meter.CreateCounter<long>("socketio.sockets.connected", "{socket}", "Sockets that connected, by namespace.");
        _disconnected = meter.CreateCounter<long>("socketio.sockets.disconnected", "{socket}", "Sockets that ended, by namespace and reason.");
        _refused = meter.CreateCounter<long>("socketio.connects.refused", "{socket}", "Clients that a middleware refused, by namespace.");
        _handlerFailures = meter.CreateCounter<long>("socketio.handlers.failed", "{call}", "Handlers that threw, by namespace.");
        _unhandled = meter.CreateCounter<long>("socketio.events.unhandled", "{event}", "Events without a handler, by namespace.");
        _invalid = meter.CreateCounter<long>("socketio.events.unbound", "{event}", "Events that could not be given to a handler: an argument did not fit, or was nested too deep; by namespace.");
        _ackTimeouts = meter.CreateCounter<long>("socketio.acks.timeouts", "{ack}", "Acknowledgements that did not come in time, by namespace.");
        _volatileDropped = meter.CreateCounter<long>("socketio.packets.dropped", "{packet}", "Volatile packets that were not sent.");
        _limits = meter.CreateCounter<long>("socketio.limits.exceeded", "{attempt}", "What was refused because of a limit that ends no connection, by the limit's option.");
    }

    public void Connected(Namespace ns)
    {
        _active.Add(1, Tag(ns));
        _connected.Add(1, Tag(ns));
    }

    public void Disconnected(Namespace ns, DisconnectReason reason)
    {
        _active.Add(-1, Tag(ns));
        _disconnected.Add(1, Tag(ns), new("reason", reason.ToCanonical()));
    }

    public void Refused(Namespace ns) => _refused.Add(1, Tag(ns));

    public void HandlerFailed(Namespace ns) => _handlerFailures.Add(1, Tag(ns));

    public void Unhandled(Namespace ns) => _unhandled.Add(1, Tag(ns));

    public void Invalid(Namespace ns) => _invalid.Add(1, Tag(ns));

    public void AckTimedOut(Namespace ns) => _ackTimeouts.Add(1, Tag(ns));

    /// <summary>A limit was met that refuses and does not end: those that end are counted by their reason.</summary>
    public void LimitExceeded(string option) => _limits.Add(1, new KeyValuePair<string, object?>("limit", option));

    public void VolatileDropped() => _volatileDropped.Add(1);

    private static KeyValuePair<string, object?> Tag(Namespace ns) => new("namespace", ns.Family?.Name ?? ns.Name);
}
