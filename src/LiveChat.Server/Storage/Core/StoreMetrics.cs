using System.Diagnostics.Metrics;

namespace LiveChat.Server.Storage.Core;

/// <summary>How long commits take and how many calls share one: a measurement for each commit, none for each call.</summary>
internal sealed class StoreMetrics
{
    private readonly Histogram<double> _duration;
    private readonly Histogram<long> _size;

    public StoreMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(ChatMeter.Name);
        _duration = meter.CreateHistogram(
            "livechat.store.append.duration",
            "s",
            "How long it took to decide and commit the calls of a batch.",
            tags: null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] });
        _size = meter.CreateHistogram(
            "livechat.store.append.batch_size",
            "{call}",
            "How many calls were committed together.",
            tags: null,
            new InstrumentAdvice<long> { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096] });
    }

    public void Appended(TimeSpan duration, int calls)
    {
        _duration.Record(duration.TotalSeconds);
        _size.Record(calls);
    }
}
