using System.Diagnostics.Metrics;

namespace EngineIO.Epoll;

/// <summary>The meter <c>EngineIO.Epoll</c>.</summary>
internal sealed class EpollMetrics
{
    private readonly UpDownCounter<long> _active;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _cut;
    private readonly UpDownCounter<long> _unsent;

    public EpollMetrics(IMeterFactory factory)
    {
        var meter = factory.Create("EngineIO.Epoll");
        _active = meter.CreateUpDownCounter<long>("engineio.connections.active", "{connection}", "Connections that are open now, WebSockets among them.");
        _refused = meter.CreateCounter<long>("engineio.connections.refused", "{connection}", "Connections closed as soon as they were accepted, by the limit that they passed.");
        _cut = meter.CreateCounter<long>("engineio.connections.cut", "{connection}", "Connections cut because their clients took nothing of what was sent, by the limit that they passed.");
        _unsent = meter.CreateUpDownCounter<long>("engineio.connections.unsent", "By", "Memory that holds what was sent and not taken by the clients.");
    }

    public void Unsent(long change) => _unsent.Add(change);

    public void Opened() => _active.Add(1);

    public void Closed() => _active.Add(-1);

    public void Refused(string reason) => _refused.Add(1, new KeyValuePair<string, object?>("reason", reason));

    public void Cut(string reason) => _cut.Add(1, new KeyValuePair<string, object?>("reason", reason));
}
