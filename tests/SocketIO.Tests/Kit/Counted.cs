using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace SocketIO.Tests.Kit;

/// <summary>What one instrument of one server has counted from now on, and by which values of its tags.</summary>
internal sealed class Counted : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, long> _byTag = new();
    private long _total;

    public Counted(TestServer server, string name)
    {
        // Servers of other tests have instruments of the same name.
        var factory = server.Services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == name && ReferenceEquals(instrument.Meter.Scope, factory))
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            Interlocked.Add(ref _total, value);
            foreach (var (_, tag) in tags)
                _byTag.AddOrUpdate($"{tag}", value, (_, sum) => sum + value);
        });
        _listener.Start();
    }

    public long Total => Interlocked.Read(ref _total);

    public long this[string tagValue] => _byTag.GetValueOrDefault(tagValue);

    public void Dispose() => _listener.Dispose();
}
