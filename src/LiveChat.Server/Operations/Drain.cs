using LiveChat.Server.Realtime;
using LiveChat.Server.Security;
using LiveChat.Server.Wire;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using SocketIO;

namespace LiveChat.Server.Operations;

/// <summary>
/// The way out. When the host stops, calls that come are refused and readiness says DOWN, while calls in flight are finished and
/// sockets are closed spread over <see cref="ShutdownOptions.Spread"/>. The listeners stay open for as long as that takes:
/// probes are to read DOWN, and clients that poll fetch their close with one more request.
/// </summary>
internal sealed class Drain(
    ISocketIO sockets,
    ISocketPresence presence,
    ShutdownOptions options,
    IHostApplicationLifetime lifetime,
    ILogger<Drain> log) : IHostedLifecycleService, IHealthCheck
{
    /// <summary>How long after the spread a client may take to fetch its close; who takes longer is cut off.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    private bool IsDraining => lifetime.ApplicationStopping.IsCancellationRequested;

    /// <summary>Refuses what comes while the server drains; health and the gateway answer for themselves.</summary>
    public Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        if (!IsDraining || http.GetEndpoint()?.Metadata.GetMetadata<Unlimited>() is not null)
            return next(http);

        // A balancer leads it elsewhere.
        http.Response.CloseConnection();
        throw new ChatException(new ChatError(ErrorCodes.Unavailable, "The server is stopping; nothing was stored."))
        {
            RetryAfter = TimeSpan.FromSeconds(1),
        };
    }

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(IsDraining ? HealthCheckResult.Degraded() : HealthCheckResult.Healthy());

    /// <summary>Before the listeners are closed.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        // A signal has said so already; who stops the host by a call has not. The gateway begins to close its sockets on it.
        presence.Stop();
        lifetime.StopApplication();
        OperationsLog.Draining(log, sockets.ConnectionCount);

        // In the real time, like the host's own limit, whatever clock the product is given.
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(options.Spread + Patience);
        while (sockets.ConnectionCount > 0 && !patience.IsCancellationRequested)
            await Task.Delay(Look, TimeProvider.System, patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        OperationsLog.Drained(log, sockets.ConnectionCount);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
