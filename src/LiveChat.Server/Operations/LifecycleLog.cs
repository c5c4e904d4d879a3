using System.Diagnostics;

namespace LiveChat.Server.Operations;

/// <summary>Writes lifecycle events at Debug under the category that the integration guide names.</summary>
internal sealed class LifecycleLog(ILoggerFactory loggers) : ILifecycleLog
{
    private readonly ILogger _log = loggers.CreateLogger(Log.ChatCategory);

    public void Added(ConversationEvent entry)
    {
        if (!_log.IsEnabled(LogLevel.Debug))
            return;

        var traceId = Activity.Current?.TraceId.ToString();
        switch (entry)
        {
            case Message message:
                Log.Sent(_log, message.Sequence, message.ConversationId, message.Sender.Type, traceId);
                break;
            case Transition transition:
                Log.Lifecycle(
                    _log,
                    Gateway.SystemEventTypes.Of(transition.Kind),
                    transition.ConversationId,
                    transition.Sequence,
                    transition.Conversation.Status,
                    transition.Participant?.Type ?? ParticipantType.System,
                    traceId);
                break;
        }
    }
}
