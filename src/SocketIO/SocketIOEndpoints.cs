using System.Diagnostics.Metrics;
using EngineIO;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace SocketIO;

/// <summary>Adds Socket.IO to an application.</summary>
public static class SocketIOEndpoints
{
    /// <summary>Adds the server, as <see cref="ISocketIO"/>. Faulty options stop the application from starting.</summary>
    /// <returns>For what other packages add.</returns>
    public static SocketIOBuilder AddSocketIO(this IServiceCollection services, Action<SocketIOOptions>? configure = null)
    {
        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        var options = services.AddOptions<SocketIOOptions>().ValidateOnStart();
        if (configure is not null)
            options.Configure(configure);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<SocketIOOptions>, OptionsValidator>());
        services.TryAddSingleton(provider => new SocketServer(
            provider.GetRequiredService<IOptions<SocketIOOptions>>().Value,
            provider.GetRequiredService<IServiceScopeFactory>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILoggerFactory>(),
            provider.GetRequiredService<IMeterFactory>()));
        services.TryAddSingleton<ISocketIO>(provider => provider.GetRequiredService<SocketServer>());
        services.AddHostedService<GracefulShutdown>();
        return new SocketIOBuilder(services);
    }

    /// <summary>Serves Socket.IO at the path, with and without a trailing slash: GET, POST, OPTIONS, and WebSocket over HTTP/1.1 and HTTP/2.</summary>
    /// <param name="endpoints">Where to add the endpoint.</param>
    /// <param name="path">The path that clients are configured with; <c>/socket.io</c> is what they use unless told otherwise.</param>
    /// <returns>The endpoint, for CORS, rate limits, authorization and other conventions.</returns>
    public static IEndpointConventionBuilder MapSocketIO(this IEndpointRouteBuilder endpoints, string path = "/socket.io") =>
        endpoints.MapEngineIO(path, endpoints.ServiceProvider.GetRequiredService<SocketServer>().Engine);

    private sealed class OptionsValidator : IValidateOptions<SocketIOOptions>
    {
        public ValidateOptionsResult Validate(string? name, SocketIOOptions options)
        {
            var faults = options.Validate().ToList();
            return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
        }
    }
}
