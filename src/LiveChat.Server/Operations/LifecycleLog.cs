using System.Diagnostics;
using LiveChat.Server.Realtime;
using LiveChat.Server.Wire;

namespace LiveChat.Server.Operations;

/// <summary>Writes lifecycle events at Debug under the category that the integration guide names, with the trace of the request.</summary>
internal sealed class LifecycleLog : ILifecycleLog, IDisposable
{
    private readonly ILogger _log;
    private readonly ActivityListener? _requests;

    public LifecycleLog(ILoggerFactory loggers)
    {
        _log = loggers.CreateLogger(RealtimeLog.ChatCategory);
        if (!_log.IsEnabled(LogLevel.Debug))
            return;

        // A request has a trace only where somebody listens for it.
        _requests = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "Microsoft.AspNetCore",
            Sample = static (ref _) => ActivitySamplingResult.PropagationData,
        };
        ActivitySource.AddActivityListener(_requests);
    }

    public void Added(ConversationEvent entry)
    {
        if (!_log.IsEnabled(LogLevel.Debug))
            return;

        var traceId = Activity.Current?.TraceId.ToString();
        switch (entry)
        {
            case Message message:
                OperationsLog.Sent(_log, message.Sequence, message.ConversationId, message.Sender.Type, traceId);
                break;
            case Transition transition:
                OperationsLog.Lifecycle(
                    _log,
                    SystemEventTypes.Of(transition.Kind),
                    transition.ConversationId,
                    transition.Sequence,
                    transition.Conversation.Status,
                    transition.Participant?.Type ?? ParticipantType.System,
                    traceId);
                break;
        }
    }

    public void Dispose() => _requests?.Dispose();
}
