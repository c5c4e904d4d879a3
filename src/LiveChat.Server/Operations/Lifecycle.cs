namespace LiveChat.Server.Operations;

/// <summary>Tells all who follow what calls on this server add: the log, what is kept of it for support, and the metrics.</summary>
internal sealed class Lifecycle(LifecycleLog log, ConversationLines lines, ConversationMetrics metrics) : ILifecycleLog
{
    public void Added(ConversationEvent entry)
    {
        log.Added(entry);
        lines.Added(entry);
        metrics.Added(entry);
    }
}
