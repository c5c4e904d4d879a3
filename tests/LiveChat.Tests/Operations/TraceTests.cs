using System.Collections.Concurrent;
using System.Diagnostics;
using LiveChat.Tests.Support;

namespace LiveChat.Tests.Operations;

/// <summary>A message is one trace, from whoever sends it to whom it is emitted.</summary>
public sealed class TraceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("livechat-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_message_is_one_trace_that_goes_on_from_the_callers()
    {
        var stopped = new ConcurrentQueue<Activity>();
        var trace = ActivityTraceId.CreateRandom().ToString();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "LiveChat" or "Microsoft.AspNetCore",
            Sample = static (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                if (activity.TraceId.ToString() == trace)
                    stopped.Enqueue(activity);
            },
        };
        ActivitySource.AddActivityListener(listener);
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("visitor");
        await using var socket = await RawSocket.ConnectAsync(server, $"role=customer&conversationId={id}");

        // Events are handled when it has joined: what comes before may be read from the store for it, which is no part of a trace.
        await socket.AskAsync("chat:send", new { content = "secret" });

        const string caller = "00f067aa0ba902b7";
        using var body = new StringContent("""{"content":"secret"}""", System.Text.Encoding.UTF8, "application/json");
        (await server.Rest.SendAsync(HttpMethod.Post, $"/api/customer/conversations/{id}/messages", body, ("traceparent", $"00-{trace}-{caller}-01"))).Must(201);
        await socket.NextAsync("chat:message");
        await Waiting.Until(() => stopped.Count == 4);

        var request = Named("Microsoft.AspNetCore.Hosting.HttpRequestIn");
        var send = Named("livechat.send");
        var append = Named("livechat.store.append");
        var emit = Named("livechat.relay.emit");
        Assert.Equal(caller, request.ParentSpanId.ToString());
        Assert.Equal(request.SpanId, send.ParentSpanId);
        Assert.Equal(send.SpanId, append.ParentSpanId);
        Assert.Equal(append.SpanId, emit.ParentSpanId);
        Assert.Equal((id, 3L), (send.GetTagItem("livechat.conversation_id"), emit.GetTagItem("livechat.sequence")));
        Assert.DoesNotContain(stopped.SelectMany(activity => activity.TagObjects), tag => tag.Value?.ToString()?.Contains("secret", StringComparison.Ordinal) == true);

        // The trace of the call is what its line in the log has.
        Assert.Contains(server.Log.Lines, line => line.Message.StartsWith("Message 3 of", StringComparison.Ordinal) && line.Message.EndsWith(trace, StringComparison.Ordinal));

        Activity Named(string name) => Assert.Single(stopped, activity => activity.OperationName == name);
    }

    [Fact]
    public async Task By_OTLP_goes_what_is_traced_and_measured_and_nothing_that_callers_present()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        var variables = new Dictionary<string, string>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.Address,
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "50",
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "100",
            ["OTEL_SERVICE_NAME"] = "shop-chat",
        };
        using var server = await ServerProcess.StartAsync(_folder, variables, "Chat:Admin:Enabled=false");
        var id = await server.Rest.StartAsync("secret-fingerprint", "secret name");
        await using var socket = await RawSocket.ConnectAsync(server.GatewayAddress, $"role=customer&conversationId={id}&token=secret-token");
        await socket.AskAsync("chat:send", new { content = "secret content" });
        await server.Rest.GetAsync("/api/agent/queue?token=secret-token", ("X-API-Key", "secret-key"));
        await server.Rest.GetAsync("/api/secret-path");
        (await server.Rest.CustomerSendAsync(id, "secret content")).Must(201);

        await Waiting.Until(() => receiver.BodiesOf("/v1/traces").Contains("livechat.relay.emit", StringComparison.Ordinal));
        await Waiting.Until(() => receiver.BodiesOf("/v1/metrics").Contains("livechat.messages", StringComparison.Ordinal));
        var traces = receiver.BodiesOf("/v1/traces");
        foreach (var name in new[] { "livechat.send", "livechat.store.append", "http.route", "shop-chat" })
            Assert.Contains(name, traces, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", traces + receiver.BodiesOf("/v1/metrics"), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task An_address_that_is_none_stops_the_start_with_one_line()
    {
        var (output, errors, exitCode) = await ServerProcess.CommandAsync(
            new Dictionary<string, string> { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "collector" }, "--Chat:Rest:Port=0", "--Chat:Gateway:Port=0");

        Assert.Equal((1, ""), (exitCode, output));
        Assert.StartsWith("Cannot start: OTEL_EXPORTER_OTLP_ENDPOINT must be", Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }
}
