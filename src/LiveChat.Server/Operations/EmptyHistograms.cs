using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace LiveChat.Server.Operations;

/// <summary>
/// Writes the chat's histograms that nothing was measured for yet: the exporter has none of a histogram before its first measurement, and a
/// metric that comes later breaks the rules and pictures that are made of it. Thread-safe.
/// </summary>
internal sealed class EmptyHistograms : IDisposable
{
    private const string Scope = $"otel_scope_name=\"{ChatMeter.Name}\"";

    /// <summary>The last line of OpenMetrics.</summary>
    private const string End = "# EOF\n";

    // Guarded by _gate.
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, (Instrument Instrument, double[] Bounds)> _histograms = new(StringComparer.Ordinal);
    private readonly MeterListener _published;

    public EmptyHistograms()
    {
        _published = new MeterListener { InstrumentPublished = (instrument, _) => Note(instrument) };
        _published.Start();
    }

    /// <summary>The given text of metrics, with those that are missing in it.</summary>
    public string Complete(string text)
    {
        var isOpenMetrics = text.EndsWith(End, StringComparison.Ordinal);
        var complete = new StringBuilder(isOpenMetrics ? text[..^End.Length] : text);
        lock (_gate)
        {
            foreach (var (name, (instrument, bounds)) in _histograms)
            {
                if (!text.Contains($"# TYPE {name} histogram", StringComparison.Ordinal))
                    Append(complete, name, instrument, bounds.Select(bound => bound.ToString(isOpenMetrics ? "0.0###" : "0.####", CultureInfo.InvariantCulture)));
            }
        }

        return complete.Append(isOpenMetrics ? End : "").ToString();
    }

    public void Dispose() => _published.Dispose();

    private void Note(Instrument instrument)
    {
        var bounds = instrument switch
        {
            Histogram<double> { Advice.HistogramBucketBoundaries: { } own } => own,
            Histogram<long> { Advice.HistogramBucketBoundaries: { } own } => own.Select(bound => (double)bound),
            _ => null,
        };
        if (bounds is null || instrument.Meter.Name != ChatMeter.Name)
            return;

        lock (_gate)
            _histograms[instrument.Name.Replace('.', '_') + (instrument.Unit == "s" ? "_seconds" : "")] = (instrument, [.. bounds]);
    }

    private static void Append(StringBuilder text, string name, Instrument instrument, IEnumerable<string> bounds)
    {
        text.Append(CultureInfo.InvariantCulture, $"# TYPE {name} histogram\n");
        if (instrument.Unit == "s")
            text.Append(CultureInfo.InvariantCulture, $"# UNIT {name} seconds\n");
        text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {instrument.Description}\n");
        foreach (var bound in bounds.Append("+Inf"))
            text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{{Scope},le=\"{bound}\"}} 0\n");
        text.Append(CultureInfo.InvariantCulture, $"{name}_sum{{{Scope}}} 0\n{name}_count{{{Scope}}} 0\n");
    }
}
