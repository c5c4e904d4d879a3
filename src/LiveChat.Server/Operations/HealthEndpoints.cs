using LiveChat.Server.Security;
using LiveChat.Server.Wire;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LiveChat.Server.Operations;

internal sealed class StoreHealth(IStoreHealth store) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        await store.CheckAsync(cancellationToken);
        return HealthCheckResult.Healthy();
    }
}

internal static class HealthEndpoints
{
    /// <summary>Whether the process runs, which is all that liveness asks.</summary>
    private const string Live = "process";

    public static void AddHealth(this IServiceCollection services) =>
        services.AddHealthChecks()
            .AddCheck(Live, () => HealthCheckResult.Healthy())
            .AddCheck<Drain>("accepting")
            .AddCheck<StoreHealth>("store", timeout: TimeSpan.FromSeconds(5));

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
                report.Entries.ToDictionary(e => e.Key, e => new HealthComponent(Word(e.Value.Status)))),
            Json.Wire.HealthBody,
            "application/json",
            http.RequestAborted);

    private static string Word(HealthStatus status) => status is HealthStatus.Healthy ? "UP" : "DOWN";
}
