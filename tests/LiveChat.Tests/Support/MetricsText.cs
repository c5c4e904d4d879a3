using System.Globalization;
using System.Text.RegularExpressions;

namespace LiveChat.Tests.Support;

/// <summary>The text that Prometheus reads, taken apart: every line must be of its grammar.</summary>
public sealed partial class MetricsText
{
    private readonly Dictionary<string, string> _types = [];
    private readonly List<MetricSample> _samples = [];

    public MetricsText(string text)
    {
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                var (name, type) = (line.Split(' ')[2], line.Split(' ')[3]);
                Assert.True(_types.TryAdd(name, type), $"{name} is there twice");
                continue;
            }

            if (line.StartsWith('#'))
            {
                Assert.Matches(@"^# (HELP|UNIT|EOF)", line);
                continue;
            }

            var match = Sample().Match(line);
            Assert.True(match.Success, $"No sample: {line}");
            _samples.Add(new MetricSample(
                match.Groups["name"].Value,
                Label().Matches(match.Groups["labels"].Value).ToDictionary(label => label.Groups[1].Value, label => label.Groups[2].Value),
                double.Parse(match.Groups["value"].Value.Replace("+Inf", "Infinity", StringComparison.Ordinal), CultureInfo.InvariantCulture)));
        }

        Assert.Equal(_samples.Count, _samples.Select(sample => sample.ToString()).Distinct().Count());
    }

    public IReadOnlyDictionary<string, string> Types => _types;

    public IReadOnlyList<MetricSample> Samples => _samples;

    public static async Task<MetricsText> ReadAsync(Uri address) => new(await TextAsync(address));

    public static async Task<string> TextAsync(Uri address, string? accept = null)
    {
        using var http = new HttpClient { Timeout = Waiting.Limit };
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, "/actuator/prometheus"));
        if (accept is not null)
            request.Headers.TryAddWithoutValidation("Accept", accept);
        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken).Soon();
        response.EnsureSuccessStatusCode();
        Assert.StartsWith(accept?.Split(';')[0] ?? "text/plain", response.Content.Headers.ContentType!.ToString(), StringComparison.Ordinal);
        return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken).Soon();
    }

    /// <summary>The value of the one series with these labels among its own.</summary>
    public double Value(string name, params (string Name, string Value)[] labels) =>
        Assert.Single(_samples, sample => sample.Name == name && labels.All(label => sample.Labels.GetValueOrDefault(label.Name) == label.Value)).Value;

    [GeneratedRegex("""^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?<labels>([a-zA-Z_][a-zA-Z0-9_]*="([^"\\\n]|\\.)*",?)*)\})? (?<value>[-+]?[0-9.eE+-]+|\+Inf|NaN)( [0-9.]+)?( # .*)?$""")]
    private static partial Regex Sample();

    [GeneratedRegex("""([a-zA-Z_][a-zA-Z0-9_]*)="(([^"\\]|\\.)*)",?""")]
    private static partial Regex Label();
}

public sealed record MetricSample(string Name, IReadOnlyDictionary<string, string> Labels, double Value)
{
    public override string ToString() => $"{Name}{{{string.Join(',', Labels.Select(label => $"{label.Key}={label.Value}"))}}}";
}
