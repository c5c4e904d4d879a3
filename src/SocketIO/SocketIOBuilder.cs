using Microsoft.Extensions.DependencyInjection;

namespace SocketIO;

/// <summary>What <see cref="SocketIOEndpoints.AddSocketIO"/> returns, for packages that add to the server.</summary>
public sealed class SocketIOBuilder
{
    internal SocketIOBuilder(IServiceCollection services) => Services = services;

    /// <summary>The services of the application.</summary>
    public IServiceCollection Services { get; }
}
