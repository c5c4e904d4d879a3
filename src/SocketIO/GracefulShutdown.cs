using Microsoft.Extensions.Hosting;

namespace SocketIO;

/// <summary>
/// Ends the sessions when the application stops, while the web server still delivers what that takes, and then lets handlers
/// finish what was received. The host's own limit (<c>HostOptions.ShutdownTimeout</c>) bounds both.
/// </summary>
internal sealed class GracefulShutdown(SocketServer server, IHostApplicationLifetime lifetime) : IHostedService, IDisposable
{
    private readonly CancellationTokenSource _hurry = new();
    private Task _closing = Task.CompletedTask;
    private CancellationTokenRegistration _stopping;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _stopping = lifetime.ApplicationStopping.Register(() => _closing = server.CloseSessionsAsync(_hurry.Token));
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await using var hurry = cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _hurry);
        await _closing;

        // The web server has stopped by now, so polling clients that have not fetched their close cannot do so any more.
        server.Engine.CloseNow();
        await server.Running.StopAsync(server.Options.HandlerTimeout, server.Time, cancellationToken);
    }

    public void Dispose()
    {
        // When the start of an application fails, ApplicationStopping comes after this has been disposed.
        _stopping.Dispose();
        _hurry.Dispose();
    }
}
