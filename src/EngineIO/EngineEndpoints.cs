using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace EngineIO;

/// <summary>Adds Engine.IO to an application. Socket.IO brings its own server; this is for a protocol of your own.</summary>
public static class EngineEndpoints
{
    /// <summary>
    /// Adds an <see cref="EngineServer"/> for <see cref="MapEngineIO(IEndpointRouteBuilder, string)"/>. Faulty options stop the application
    /// from starting. When the application stops, the sessions are closed with <see cref="CloseReason.ServerShuttingDown"/> first.
    /// </summary>
    /// <param name="services">The services of the application.</param>
    /// <param name="handler">Makes the handler of each new session; called on the thread that serves the handshake.</param>
    /// <param name="configure">Sets the options.</param>
    public static IServiceCollection AddEngineIO(
        this IServiceCollection services, Func<IServiceProvider, Session, ISessionHandler> handler, Action<EngineOptions>? configure = null)
    {
        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        var options = services.AddOptions<EngineOptions>().ValidateOnStart();
        if (configure is not null)
            options.Configure(configure);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<EngineOptions>, OptionsValidator>());
        services.TryAddSingleton(provider => new EngineServer(
            provider.GetRequiredService<IOptions<EngineOptions>>().Value,
            session => handler(provider, session),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILoggerFactory>(),
            provider.GetRequiredService<IMeterFactory>()));
        services.AddHostedService<GracefulShutdown>();
        return services;
    }

    /// <summary>Serves the server of <see cref="AddEngineIO"/> at the path, as <see cref="MapEngineIO(IEndpointRouteBuilder, string, EngineServer)"/> does.</summary>
    /// <param name="endpoints">Where to add the endpoint.</param>
    /// <param name="path">The path that clients are configured with; <c>/engine.io</c> is what they use unless told otherwise.</param>
    /// <returns>The endpoint, for CORS, rate limits, authorization and other conventions.</returns>
    public static IEndpointConventionBuilder MapEngineIO(this IEndpointRouteBuilder endpoints, string path = "/engine.io") =>
        endpoints.MapEngineIO(path, endpoints.ServiceProvider.GetRequiredService<EngineServer>());

    /// <summary>
    /// Serves Engine.IO at the path, with and without a trailing slash, whatever the method: preflight requests reach the
    /// CORS middleware through it too. Request timeouts are off for it, since polls and WebSockets last by design.
    /// </summary>
    /// <param name="endpoints">Where to add the endpoint.</param>
    /// <param name="path">The path, for instance <c>/engine.io</c>.</param>
    /// <param name="server">The server; it is not disposed with the application.</param>
    /// <returns>The endpoint, for CORS, rate limits, authorization and other conventions.</returns>
    public static IEndpointConventionBuilder MapEngineIO(this IEndpointRouteBuilder endpoints, string path, EngineServer server) =>
        endpoints.Map(path.TrimEnd('/'), server.HandleAsync).WithMetadata(new DisableRequestTimeoutAttribute());

    private sealed class OptionsValidator : IValidateOptions<EngineOptions>
    {
        public ValidateOptionsResult Validate(string? name, EngineOptions options)
        {
            var faults = options.Validate().ToList();
            return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
        }
    }
}
