using System.Diagnostics;
using LiveChat.Tests.Support;
using Microsoft.Data.Sqlite;

namespace LiveChat.Tests.Operations;

/// <summary>What <c>/actuator/prometheus</c> shows: every metric of the contract from the start, with every value of its labels, and true counts.</summary>
public sealed class MetricsTests : IDisposable
{
    private static readonly string[] Statuses = ["QUEUED", "ASSIGNED", "CONNECTED", "CLOSED"];
    private static readonly string[] Sides = ["CUSTOMER", "AGENT", "SYSTEM"];
    private static readonly string[] Reasons = ["queue_timeout", "inactivity", "max_duration", "erased", "other"];

    private static readonly string[] Handshakes =
    [
        "opened", "transport unknown", "bad handshake method", "bad request", "forbidden", "unsupported protocol version", "too many sessions",
        "too many pending sessions", "server shutting down",
    ];

    private static readonly string[] Ends =
    [
        "transport error", "transport close", "forced close", "ping timeout", "parse error", "payload too large", "send buffer full", "write timeout",
        "connect timeout", "attachment timeout", "server shutting down",
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("livechat-test-").FullName;

    /// <summary>The contract's names as Prometheus has them, with their types and the values of each label.</summary>
    public static readonly (string Name, string Type, (string Label, string[] Values)[] Labels)[] Contract =
    [
        ("livechat_conversations", "gauge", [("status", Statuses)]),
        ("livechat_queue_length", "gauge", []),
        ("livechat_queue_oldest_wait_seconds", "gauge", []),
        ("livechat_conversation_accept_wait_seconds", "histogram", []),
        ("livechat_conversation_first_response_seconds", "histogram", []),
        ("livechat_conversation_duration_seconds", "histogram", []),
        ("livechat_conversations_closed_total", "counter", [("closed_by", Sides), ("reason", Reasons)]),
        ("livechat_messages_total", "counter", [("sender", Sides)]),
        ("livechat_store_append_duration_seconds", "histogram", []),
        ("livechat_store_append_batch_size", "histogram", []),
        ("livechat_store_up", "gauge", []),
        ("livechat_bus_up", "gauge", []),
        ("livechat_relay_gaps_filled_total", "counter", []),
        ("socketio_connections", "gauge", [("transport", ["polling", "websocket"]), ("revision", ["3", "4"])]),
        ("socketio_handshakes_total", "counter", [("reason", Handshakes)]),
        ("socketio_closes_total", "counter", [("reason", Ends)]),
        ("socketio_events_total", "counter", [("direction", ["in", "out"])]),
        ("socketio_send_buffer_bytes", "gauge", []),
    ];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Every_metric_is_there_from_the_start_with_every_value_of_its_labels()
    {
        using var server = await ServerProcess.StartAsync(_folder);
        var text = await MetricsText.ReadAsync(server.RestAddress);

        foreach (var (name, type, labels) in Contract)
        {
            Assert.Equal((name, type), (name, text.Types.GetValueOrDefault(name)));
            var series = text.Samples.Where(sample => sample.Name == (type == "histogram" ? name + "_count" : name)).ToList();
            Assert.Equal(labels.Aggregate(1, (product, label) => product * label.Values.Length), series.Count);
            Assert.All(series, sample => Assert.Equal(name.EndsWith("_up", StringComparison.Ordinal) ? 1 : 0, sample.Value));
            foreach (var (label, values) in labels)
                Assert.Equal(values.Order(), series.Select(sample => sample.Labels[label]).Distinct().Order());
        }

        var expected = Contract.Select(metric => metric.Name).ToHashSet();
        Assert.DoesNotContain(text.Types.Keys, name => (name.StartsWith("livechat", StringComparison.Ordinal) || name.StartsWith("socketio", StringComparison.Ordinal)) && !expected.Contains(name));
        Assert.Contains("dotnet_process_cpu_time_seconds_total", text.Types.Keys);
        Assert.Contains("kestrel_active_connections", text.Types.Keys);
    }

    [Fact]
    public async Task Counts_follow_what_is_done_and_labels_hold_nothing_that_anybody_chose()
    {
        using var server = await ServerProcess.StartAsync(_folder);
        var rest = server.Rest;
        var id = await rest.StartAsync("chosen-fingerprint", "Chosen Name");
        var waiting = await rest.StartAsync("waiting");
        await using var socket = await RawSocket.ConnectAsync(server.GatewayAddress, $"role=customer&conversationId={id}");
        (await rest.AcceptAsync(id, "chosen-agent")).Must(200);
        (await rest.AgentSendAsync(id, "first")).Must(201);
        (await rest.AgentSendAsync(id, "second")).Must(201);
        (await rest.CustomerSendAsync(id, "third", "once")).Must(201);
        (await rest.CustomerSendAsync(id, "third", "once")).Must(200);
        await socket.AskAsync("chat:send", new { content = "fourth" });
        (await rest.PostAsync($"/api/agent/conversations/{id}/close", new { reason = "inactivity" })).Must(200);
        await socket.NextAsync("CONVERSATION_CLOSED");
        (await rest.SendAsync(HttpMethod.Delete, "/api/admin/customers/waiting", null)).Must(200);
        await rest.StartAsync("another");
        await rest.GetAsync("/chosen/path?token=chosen-token");
        await rest.SendAsync(new HttpMethod("CHOSEN"), "/chosen", null);

        var text = await MetricsText.ReadAsync(server.RestAddress);
        Assert.Equal(2, text.Value("livechat_messages_total", ("sender", "AGENT")));
        Assert.Equal(2, text.Value("livechat_messages_total", ("sender", "CUSTOMER")));

        // What a person gave as a reason is a text of its own, whatever it says.
        Assert.Equal(1, text.Value("livechat_conversations_closed_total", ("closed_by", "AGENT"), ("reason", "other")));
        Assert.Equal(1, text.Value("livechat_conversations_closed_total", ("closed_by", "SYSTEM"), ("reason", "erased")));
        Assert.Equal(0, text.Value("livechat_conversations_closed_total", ("closed_by", "AGENT"), ("reason", "inactivity")));
        Assert.Equal(2, text.Value("livechat_conversations", ("status", "CLOSED")));
        Assert.Equal(1, text.Value("livechat_conversations", ("status", "QUEUED")));
        Assert.Equal(1, text.Value("livechat_queue_length"));
        Assert.InRange(text.Value("livechat_queue_oldest_wait_seconds"), 0.000001, 60);
        Assert.Equal(1, text.Value("livechat_conversation_accept_wait_seconds_count"));
        Assert.Equal(1, text.Value("livechat_conversation_first_response_seconds_count"));
        Assert.Equal(2, text.Value("livechat_conversation_duration_seconds_count"));
        Assert.InRange(text.Value("livechat_store_append_duration_seconds_count"), 8, 100);
        Assert.InRange(text.Value("livechat_store_append_batch_size_sum"), 10, 100);
        Assert.Equal(1, text.Value("socketio_connections", ("transport", "websocket"), ("revision", "4")));
        Assert.Equal(1, text.Value("socketio_handshakes_total", ("reason", "opened")));
        Assert.Equal(1, text.Value("socketio_events_total", ("direction", "in")));

        // SESSION_READY, assigned, connected, four messages, closed.
        Assert.Equal(8, text.Value("socketio_events_total", ("direction", "out")));
        Assert.DoesNotContain(text.Samples, sample => sample.ToString().Contains("chosen", StringComparison.OrdinalIgnoreCase)
            || sample.ToString().Contains(id, StringComparison.Ordinal) || sample.ToString().Contains(waiting, StringComparison.Ordinal));

        await socket.DisposeAsync();
        await Waiting.Until(async () => (await MetricsText.ReadAsync(server.RestAddress)).Value("socketio_connections", ("transport", "websocket"), ("revision", "4")) == 0);
        Assert.Equal(1, (await MetricsText.ReadAsync(server.RestAddress)).Samples.Where(sample => sample.Name == "socketio_closes_total").Sum(sample => sample.Value));
    }

    [Fact]
    public async Task Who_takes_compressed_answers_can_read_it_too()
    {
        using var server = await ServerProcess.StartAsync(_folder);
        using var http = new HttpClient(new HttpClientHandler { AutomaticDecompression = System.Net.DecompressionMethods.All }) { BaseAddress = server.RestAddress };
        var text = await http.GetStringAsync(new Uri("/actuator/prometheus", UriKind.Relative), TestContext.Current.CancellationToken).Soon();

        Assert.Contains("livechat_conversation_duration_seconds_count", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenMetrics_is_given_to_whoever_asks_for_it()
    {
        using var server = await ServerProcess.StartAsync(_folder);
        await server.Rest.StartAsync("visitor");
        var text = await MetricsText.TextAsync(server.RestAddress, "application/openmetrics-text; version=1.0.0");

        Assert.EndsWith("\n# EOF\n", text, StringComparison.Ordinal);
        var metrics = new MetricsText(text);
        Assert.Equal("histogram", metrics.Types["livechat_conversation_duration_seconds"]);
        Assert.Contains(metrics.Samples, sample => sample.Name == "livechat_conversation_duration_seconds_bucket" && sample.Labels["le"] == "60.0");
        Assert.Contains(metrics.Samples, sample => sample.Name == "livechat_store_append_duration_seconds_bucket" && sample.Labels["le"] == "0.0005");
        Assert.Equal(1, metrics.Value("livechat_store_append_duration_seconds_count"));
        var head = await server.Rest.SendAsync(HttpMethod.Head, "/actuator/prometheus", null);
        Assert.StartsWith("text/plain; version=0.0.4", head.Must(200).Headers["Content-Type"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_that_fails_is_seen()
    {
        using var server = await ServerProcess.StartAsync(_folder, "Chat:Storage:WriteTimeout=00:00:01");
        Assert.Equal(1, (await MetricsText.ReadAsync(server.RestAddress)).Value("livechat_store_up"));
        await using (var holder = new SqliteConnection($"Data Source={Path.Combine(_folder, "livechat.db")};Pooling=False"))
        {
            await holder.OpenAsync(TestContext.Current.CancellationToken);
            await using var held = holder.BeginTransaction(deferred: false);
            (await server.Rest.PostAsync("/api/customer/sessions", new { fingerprint = "visitor" })).MustFail(503, "unavailable");
            await Waiting.Until(async () => (await MetricsText.ReadAsync(server.RestAddress)).Value("livechat_store_up") == 0);
        }

        await Waiting.Until(async () => (await MetricsText.ReadAsync(server.RestAddress)).Value("livechat_store_up") == 1);
    }

    [Fact]
    public async Task Promtool_finds_nothing_wrong_with_the_text()
    {
        if (!File.Exists("/usr/bin/promtool"))
            Assert.Skip("Debian's prometheus is not installed.");

        using var server = await ServerProcess.StartAsync(_folder);
        await server.Rest.StartAsync("visitor");
        var ours = (await MetricsText.TextAsync(server.RestAddress)).Split('\n').Where(line => line.Contains("livechat_", StringComparison.Ordinal) || line.Contains("socketio_", StringComparison.Ordinal));
        using var promtool = Process.Start(new ProcessStartInfo("/usr/bin/promtool", ["check", "metrics"]) { RedirectStandardInput = true, RedirectStandardError = true })!;
        await promtool.StandardInput.WriteAsync(string.Join('\n', ours) + "\n");
        promtool.StandardInput.Close();
        var errors = await promtool.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken).Soon();
        await promtool.WaitForExitAsync(TestContext.Current.CancellationToken).Soon();
        Assert.Equal(("", 0), (errors, promtool.ExitCode));
    }
}
