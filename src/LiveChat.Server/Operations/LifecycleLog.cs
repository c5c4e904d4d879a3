using System.Diagnostics;
using LiveChat.Server.Realtime;

namespace LiveChat.Server.Operations;

/// <summary>Writes lifecycle events at Debug under the category that the integration guide names, with the trace of the request.</summary>
internal sealed class LifecycleLog : ILifecycleLog, IDisposable
{
    private readonly ILogger _log;
    private readonly LogLevels _levels;
    private readonly IDisposable? _watch;

    // Guarded by _gate: what a request has a trace for, while it is to be logged.
    private readonly Lock _gate = new();
    private ActivityListener? _requests;

    public LifecycleLog(ILoggerFactory loggers, LogLevels levels)
    {
        _log = loggers.CreateLogger(RealtimeLog.ChatCategory);
        _levels = levels;
        _watch = levels.OnChange(ListenWhereLogged);
        ListenWhereLogged();
    }

    public void Added(ConversationEvent entry)
    {
        if (_log.IsEnabled(LogLevel.Debug))
            LifecycleLine.Of(entry).WriteTo(_log, entry.ConversationId);
    }

    public void Dispose()
    {
        _watch?.Dispose();
        Listen(false);
    }

    private void ListenWhereLogged() => Listen(_levels.EffectiveOf(RealtimeLog.ChatCategory) <= LogLevel.Debug);

    private void Listen(bool isLogged)
    {
        lock (_gate)
        {
            if (isLogged == _requests is not null)
                return;

            _requests?.Dispose();
            _requests = null;
            if (!isLogged)
                return;

            // A request has a trace only where somebody listens for it.
            _requests = new ActivityListener
            {
                ShouldListenTo = static source => source.Name == "Microsoft.AspNetCore",
                Sample = static (ref _) => ActivitySamplingResult.PropagationData,
            };
            ActivitySource.AddActivityListener(_requests);
        }
    }
}
