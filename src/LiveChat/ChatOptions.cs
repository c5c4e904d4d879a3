namespace LiveChat;

/// <summary>The rules that an operator may set, section <c>Chat</c> of the configuration. Durations are written <c>00:30:00</c>.</summary>
public sealed class ChatOptions
{
    public QueueOptions Queue { get; } = new();

    public ConversationOptions Conversation { get; } = new();

    public AgentOptions Agent { get; } = new();

    public PresenceOptions Presence { get; } = new();

    public HousekeepingOptions Housekeeping { get; } = new();

    public MessageOptions Message { get; } = new();

    public RetentionOptions Retention { get; } = new();
}

public sealed class QueueOptions
{
    /// <summary>How many conversations an agent may hold at once. Default 3.</summary>
    public int MaxConcurrentByAgent { get; set; } = 3;

    /// <summary>How long an entry may wait since it last entered the queue; then the conversation is closed. Default 30 min.</summary>
    public TimeSpan EntryTtl { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>How many entries a <c>queue:snapshot</c> carries. Default 100.</summary>
    public int BroadcastLimit { get; set; } = 100;

    /// <summary>The least time between two snapshots; the last one sent is always the newest state. Default 100 ms.</summary>
    public TimeSpan BroadcastInterval { get; set; } = TimeSpan.FromMilliseconds(100);
}

public sealed class ConversationOptions
{
    /// <summary>How long an accepted conversation may be silent; then it is closed. Default 30 min.</summary>
    public TimeSpan InactivityTimeout { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>How old a conversation may grow; then it is closed. Default 12 h.</summary>
    public TimeSpan MaxDuration { get; set; } = TimeSpan.FromHours(12);
}

public sealed class AgentOptions
{
    /// <summary>How long an agent may be without a socket and a call before its conversations are queued again; 0 is never. Default 2 min.</summary>
    public TimeSpan RequeueAfter { get; set; } = TimeSpan.FromMinutes(2);
}

public sealed class PresenceOptions
{
    /// <summary>How long a participant's last socket may be gone before the other side is told. Default 10 s.</summary>
    public TimeSpan DisconnectGrace { get; set; } = TimeSpan.FromSeconds(10);
}

public sealed class HousekeepingOptions
{
    /// <summary>How often the server looks for what has run out of time. Default 10 s.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(10);
}

public sealed class MessageOptions
{
    /// <summary>The longest content, in UTF-16 code units. Default 4000.</summary>
    public int MaxLength { get; set; } = 4000;

    /// <summary>The largest metadata, in bytes of compact UTF-8 JSON. Default 4096.</summary>
    public int MaxMetadataBytes { get; set; } = 4096;
}

public sealed class RetentionOptions
{
    /// <summary>How long a closed conversation is kept; then it is removed with its log. Default 0: for ever.</summary>
    public TimeSpan ClosedConversations { get; set; } = TimeSpan.Zero;
}
