using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using LiveChat.Tests.Support;

namespace LiveChat.Tests.Operations;

/// <summary>The dashboard and the alert rules of <c>deploy/</c> ask for metrics and labels that the server has, and the dashboard shows all of the chat's.</summary>
public sealed partial class DashboardTests : IDisposable
{
    private static readonly string Deploy = Path.Combine(ClientProgram.Folder, "..", "..", "deploy");

    private readonly string _folder = Directory.CreateTempSubdirectory("livechat-test-").FullName;

    private static string Dashboard => Path.Combine(Deploy, "grafana", "livechat.json");

    private static string Rules => Path.Combine(Deploy, "prometheus", "alerts.yml");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Every_metric_and_label_that_they_use_exists()
    {
        using var server = await ServerProcess.StartAsync(_folder);

        // The framework's own metric of requests comes with the first one.
        await server.Rest.GetAsync("/actuator/info");
        var text = await MetricsText.ReadAsync(server.RestAddress);
        var labels = text.Samples.ToLookup(sample => sample.Name, sample => sample.Labels);
        foreach (var expression in (await ExpressionsOfDashboardAsync()).Concat(await ExpressionsOfRulesAsync()))
        {
            var names = NamesIn(expression);
            Assert.NotEmpty(names);

            // Prometheus says of each that it scrapes whether it is up.
            foreach (var name in names.Where(name => name != "up"))
            {
                Assert.True(labels.Contains(name), $"There is no {name}: {expression}");
                foreach (var label in LabelsIn(expression))
                    Assert.True(labels[name].First().ContainsKey(label), $"{name} has no label {label}: {expression}");
            }
        }
    }

    [Fact]
    public async Task The_dashboard_shows_every_metric_of_the_contract()
    {
        var shown = (await ExpressionsOfDashboardAsync()).SelectMany(NamesIn).Select(name => Suffix().Replace(name, "")).ToHashSet();

        Assert.Equal([], MetricsTests.Contract.Select(metric => metric.Name).Except(shown));
    }

    [Fact]
    public async Task Values_of_labels_that_rules_ask_for_exist()
    {
        using var server = await ServerProcess.StartAsync(_folder);
        var reasons = (await MetricsText.ReadAsync(server.RestAddress)).Samples.Select(sample => sample.Labels.GetValueOrDefault("reason")).OfType<string>().ToHashSet();

        var asked = (await ExpressionsOfRulesAsync()).SelectMany(expression => Reason().Matches(expression)).SelectMany(match => match.Groups[1].Value.Split('|')).ToList();
        Assert.Equal(3, asked.Count);
        Assert.All(asked, reason => Assert.Contains(reason, reasons));
    }

    [Fact]
    public async Task Promtool_takes_the_rules()
    {
        if (!File.Exists("/usr/bin/promtool"))
            Assert.Skip("Debian's prometheus is not installed.");

        using var promtool = Process.Start(new ProcessStartInfo("/usr/bin/promtool", ["check", "rules", Rules]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = await promtool.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken).Soon();
        await promtool.WaitForExitAsync(TestContext.Current.CancellationToken).Soon();
        Assert.True(promtool.ExitCode == 0, output + await promtool.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken).Soon());
    }

    private static async Task<List<string>> ExpressionsOfDashboardAsync()
    {
        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(Dashboard, TestContext.Current.CancellationToken));
        return [.. json.RootElement.GetProperty("panels").EnumerateArray()
            .Where(panel => panel.GetProperty("type").GetString() != "row")
            .SelectMany(panel => panel.GetProperty("targets").EnumerateArray())
            .Select(target => target.GetProperty("expr").GetString()!)];
    }

    private static async Task<List<string>> ExpressionsOfRulesAsync() =>
        [.. (await File.ReadAllLinesAsync(Rules, TestContext.Current.CancellationToken))
            .Select(line => line.Trim())
            .Where(line => line.StartsWith("expr: ", StringComparison.Ordinal))
            .Select(line => line["expr: ".Length..])];

    private static List<string> NamesIn(string expression) => [.. Metric().Matches(Grouped().Replace(expression, "")).Select(match => match.Value)];

    /// <summary>Those that it selects or groups by; Prometheus itself adds the job and the instance.</summary>
    private static IEnumerable<string> LabelsIn(string expression) => Selected().Matches(expression).Select(match => match.Groups[1].Value)
        .Concat(Grouped().Matches(expression).SelectMany(match => match.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries)))
        .Where(label => label is not ("job" or "instance"));

    [GeneratedRegex(@"\b(up|(livechat|socketio|dotnet|http|kestrel)_[a-z0-9_]+)\b(?=[{\[ )])")]
    private static partial Regex Metric();

    [GeneratedRegex("([a-z_]+)(=~|!=|=)\"")]
    private static partial Regex Selected();

    [GeneratedRegex(@"by \(([a-z_, ]+)\)")]
    private static partial Regex Grouped();

    [GeneratedRegex("reason=~?\"([^\"]+)\"")]
    private static partial Regex Reason();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex Suffix();
}
