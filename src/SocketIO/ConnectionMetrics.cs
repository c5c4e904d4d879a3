using System.Diagnostics.Metrics;
using EngineIO;

namespace SocketIO;

/// <summary>
/// What the meter <c>SocketIO</c> has of connections and events. All of it is read when somebody asks, from what is counted or there anyway, so
/// that an event costs one increment; and all of it is there from the start, with every value that a tag can have.
/// </summary>
internal sealed class ConnectionMetrics
{
    private static readonly string[] Transports = ["polling", "websocket"];
    private static readonly int[] Revisions = [3, 4];

    private readonly EngineServer _engine;
    private long _received;
    private long _sent;

    public ConnectionMetrics(IMeterFactory factory, EngineServer engine)
    {
        _engine = engine;
        var meter = factory.Create(SocketMetrics.MeterName);
        meter.CreateObservableUpDownCounter("socketio.connections", CountConnections, "{connection}", "Connections open now, by transport and revision of Engine.IO.");
        meter.CreateObservableCounter("socketio.handshakes", CountHandshakes, "{handshake}", "Handshakes, by what became of them: opened, or why not. Requests of a session that are malformed count as such too.");
        meter.CreateObservableCounter("socketio.closes", CountCloses, "{connection}", "Connections that ended, by reason.");
        meter.CreateObservableCounter("socketio.events", CountEvents, "{event}", "Events received, and events sent: one for each socket that it is sent to; by direction.");
        meter.CreateObservableUpDownCounter("socketio.send_buffer.bytes", CountBuffered, "By", "Bytes that wait in the send buffers of all connections.");
    }

    public void Received() => Interlocked.Increment(ref _received);

    public void Sent(int sockets) => Interlocked.Add(ref _sent, sockets);

    private IEnumerable<Measurement<long>> CountConnections()
    {
        var counts = new long[Transports.Length, Revisions.Length];
        foreach (var session in _engine.Sessions)
            counts[Array.IndexOf(Transports, session.TransportName), Array.IndexOf(Revisions, session.Revision)]++;
        for (var i = 0; i < Transports.Length; i++)
        {
            for (var j = 0; j < Revisions.Length; j++)
                yield return new(counts[i, j], new("transport", Transports[i]), new("revision", Revisions[j]));
        }
    }

    private IEnumerable<Measurement<long>> CountHandshakes() => EngineError.OfHandshakes
        .Select(error => new Measurement<long>(_engine.Metrics.RefusedCount(error), new KeyValuePair<string, object?>("reason", error.Reason)))
        .Prepend(new Measurement<long>(_engine.Metrics.OpenedCount, new KeyValuePair<string, object?>("reason", "opened")));

    private IEnumerable<Measurement<long>> CountCloses() => Enum.GetValues<CloseReason>()
        .Select(reason => new Measurement<long>(_engine.Metrics.ClosedCount(reason), new KeyValuePair<string, object?>("reason", reason.ToCanonical())));

    private IEnumerable<Measurement<long>> CountEvents() =>
    [
        new(Interlocked.Read(ref _received), new KeyValuePair<string, object?>("direction", "in")),
        new(Interlocked.Read(ref _sent), new KeyValuePair<string, object?>("direction", "out")),
    ];

    private long CountBuffered() => _engine.Sessions.Sum(session => (long)session.BufferedBytes);
}
