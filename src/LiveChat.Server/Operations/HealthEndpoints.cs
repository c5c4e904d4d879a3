using LiveChat.Server.Realtime.Bus;
using LiveChat.Server.Security;
using LiveChat.Server.Storage;
using LiveChat.Server.Wire;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LiveChat.Server.Operations;

internal sealed class StoreHealth(IStoreHealth store, StorageOptions options) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var engine = HealthEndpoints.Engine(options.Provider is StorageProvider.Postgres ? "postgres" : "sqlite");
        try
        {
            await store.CheckAsync(cancellationToken);
            return HealthCheckResult.Healthy(data: engine);
        }
        catch (ChatException exception)
        {
            return HealthCheckResult.Unhealthy(exception: exception, data: engine);
        }
    }
}

/// <summary>Without its bus a server reads on in the store, and keeps all that it promises: it is well.</summary>
internal sealed class BusHealth(IEventBus bus) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(HealthCheckResult.Healthy(
            bus.IsUp ? null : HealthEndpoints.Degraded,
            HealthEndpoints.Engine(bus is ClusterBus between ? between.Provider : "in-process")));
}

internal static class HealthEndpoints
{
    /// <summary>Whether the process runs, which is all that liveness asks.</summary>
    private const string Live = "process";

    /// <summary>What a check that is well says of itself when it is not as well as it might be.</summary>
    public const string Degraded = "DEGRADED";

    private const string Provider = "provider";

    public static IReadOnlyDictionary<string, object> Engine(string provider) => new Dictionary<string, object> { [Provider] = provider };

    public static void AddHealth(this IServiceCollection services) =>
        services.AddHealthChecks()
            .AddCheck(Live, () => HealthCheckResult.Healthy())
            .AddCheck<Drain>("accepting")
            .AddCheck<StoreHealth>("store", timeout: TimeSpan.FromSeconds(5))
            .AddCheck<BusHealth>("bus");

    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        var health = routes.MapGroup("/actuator/health").WithMetadata(Access.Open, Unlimited.Instance, new HttpMethodMetadata([HttpMethods.Get, HttpMethods.Head]));
        health.MapHealthChecks("/", Options(_ => true));
        health.MapHealthChecks("/liveness", Options(check => check.Name == Live));
        health.MapHealthChecks("/readiness", Options(_ => true));
    }

    private static HealthCheckOptions Options(Func<HealthCheckRegistration, bool> predicate) => new()
    {
        Predicate = predicate,

        // A server that drains is well, so nothing is logged as an error; but nobody should come to it.
        ResultStatusCodes = { [HealthStatus.Degraded] = StatusCodes.Status503ServiceUnavailable },
        ResponseWriter = WriteAsync,
    };

    private static Task WriteAsync(HttpContext http, HealthReport report) =>
        http.Response.WriteAsJsonAsync(
            new HealthBody(
                Word(report.Status),
                report.Entries.ToDictionary(e => e.Key, e => ComponentOf(e.Value))),
            Json.Wire.HealthBody,
            "application/json",
            http.RequestAborted);

    private static HealthComponent ComponentOf(HealthReportEntry entry) => new(
        entry.Description is Degraded ? Degraded : Word(entry.Status),
        entry.Data.TryGetValue(Provider, out var provider) ? new HealthDetails((string)provider) : null);

    private static string Word(HealthStatus status) => status is HealthStatus.Healthy ? "UP" : "DOWN";
}
