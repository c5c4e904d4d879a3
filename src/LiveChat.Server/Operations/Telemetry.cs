using LiveChat.Server.Realtime.Bus;
using LiveChat.Server.Rest;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace LiveChat.Server.Operations;

/// <summary>
/// What is measured and traced, and where it goes: to whoever reads <c>/actuator/prometheus</c>, and by OTLP where the standard variable says to.
/// Where neither can be, nothing is measured; without OTLP nothing is traced.
/// </summary>
internal static class Telemetry
{
    private const string OtlpEndpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string SocketMeter = "SocketIO";

    /// <summary>The metrics of sockets that are exported. The libraries have more, whose labels come only as they are needed.</summary>
    public static readonly string[] SocketMetrics =
        ["socketio.connections", "socketio.handshakes", "socketio.closes", "socketio.events", "socketio.send_buffer.bytes"];

    public static void AddTelemetry(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<StoreReadings>();
        services.AddSingleton<EmptyHistograms>();
        var isExported = IsExported(configuration);
        var telemetry = services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.Clear().AddService("livechat", serviceVersion: BuildInfo.Version, autoGenerateServiceInstanceId: false)
                .AddDetector(provider => new NodeDetector(provider.GetRequiredService<ClusterOptions>())).AddTelemetrySdk().AddEnvironmentVariableDetector())
            .WithMetrics(metrics => metrics.AddPrometheusExporter(prometheus => prometheus.ScrapeResponseCacheDurationMilliseconds = 0));
        services.ConfigureOpenTelemetryMeterProvider((provider, metrics) =>
        {
            if (isExported || provider.GetRequiredService<AdminOptions>().Enabled is true)
                AddMeters(provider, metrics);
        });
        if (!isExported)
            return;

        telemetry.WithMetrics(metrics => metrics.AddOtlpExporter());
        telemetry.WithTracing(traces => traces
            .AddSource(ChatTraces.Name)
            .AddAspNetCoreInstrumentation(requests =>
            {
                // What callers present: a query may hold a token, and a path the id of a person.
                requests.EnrichWithHttpRequest = (activity, _) => activity.SetTag("url.query", null).SetTag("url.path", null);
                requests.RecordException = false;
            })
            .AddOtlpExporter());
    }

    private static void AddMeters(IServiceProvider provider, MeterProviderBuilder metrics)
    {
        // Made before anything happens, so that all of it is there from the start.
        provider.GetRequiredService<StoreReadings>();
        provider.GetRequiredService<EmptyHistograms>();
        metrics
            .AddMeter(ChatMeter.Name, SocketMeter, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime")
            .AddView(instrument => instrument.Meter.Name == SocketMeter && !SocketMetrics.Contains(instrument.Name) ? MetricStreamConfiguration.Drop : null);
    }

    private static bool IsExported(IConfiguration configuration)
    {
        if (configuration[OtlpEndpoint] is not { Length: > 0 } endpoint)
            return false;
        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            throw new StartException($"{OtlpEndpoint} must be an address like http://localhost:4317, not '{endpoint}'.");
        return true;
    }
}
