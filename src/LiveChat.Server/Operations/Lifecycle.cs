namespace LiveChat.Server.Operations;

/// <summary>Tells all who follow what calls on this server add: the log and the metrics.</summary>
internal sealed class Lifecycle(LifecycleLog log, ConversationMetrics metrics) : ILifecycleLog
{
    public void Added(ConversationEvent entry)
    {
        log.Added(entry);
        metrics.Added(entry);
    }
}
