namespace LiveChat;

/// <summary>Told of each entry that a call added, in that call's own context, so that a log line can carry its trace.</summary>
public interface ILifecycleLog
{
    void Added(ConversationEvent entry);
}
