using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace SocketIO.Tests.Kit;

/// <summary>Somebody who listens to one instrument of one server, and fails each time.</summary>
internal sealed class FailingMeter : IDisposable
{
    private readonly MeterListener _listener = new();
    private int _count;

    public FailingMeter(TestServer server, string name)
    {
        var factory = server.Services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == name && ReferenceEquals(instrument.Meter.Scope, factory))
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((_, _, _, _) =>
        {
            Interlocked.Increment(ref _count);
            throw new InvalidDataException("A listener that fails.");
        });
        _listener.Start();
    }

    /// <summary>How often it has failed.</summary>
    public int Count => Volatile.Read(ref _count);

    public void Dispose() => _listener.Dispose();
}
