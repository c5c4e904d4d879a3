using System.Diagnostics.Metrics;

namespace LiveChat.Server.Realtime;

/// <summary>What the bus brought and did not bring. Thread-safe.</summary>
internal sealed class RelayMetrics
{
    private long _gaps;

    public RelayMetrics(IMeterFactory meters, IEventBus bus)
    {
        var meter = meters.Create(ChatMeter.Name);
        meter.CreateObservableGauge("livechat.bus.up", () => bus.IsUp ? 1 : 0, description: "1 while the bus works, else 0.");
        meter.CreateObservableCounter(
            "livechat.relay.gaps_filled",
            () => Interlocked.Read(ref _gaps),
            "{gap}",
            "Times that entries were read from the store for sockets because the bus had not brought them.");
    }

    public void GapFilled() => Interlocked.Increment(ref _gaps);
}
