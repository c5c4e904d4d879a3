using Microsoft.Extensions.Hosting;

namespace EngineIO;

/// <summary>Ends the sessions when the application stops, while the web server still delivers what that takes.</summary>
internal sealed class GracefulShutdown(EngineServer server, IHostApplicationLifetime lifetime) : IHostedService, IDisposable
{
    private CancellationTokenRegistration _stopping;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _stopping = lifetime.ApplicationStopping.Register(() => _ = server.CloseAllAsync(CancellationToken.None));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // When the start of an application fails, ApplicationStopping comes after this has been disposed.
    public void Dispose() => _stopping.Dispose();
}
