using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace LiveChat;

/// <summary>
/// The trace of a message: <c>livechat.send</c>, in it <c>livechat.store.append</c>, and in that <c>livechat.relay.emit</c> on each server that has
/// a socket for it. Nothing is made of it, and nothing remembered, while nobody listens.
/// </summary>
public static class ChatTraces
{
    /// <summary>The activity source.</summary>
    public const string Name = "LiveChat";

    private static readonly ActivitySource Source = new(Name);

    // An entry is on its way for a moment; what was noted of it goes with it.
    private static readonly ConditionalWeakTable<ConversationEvent, StrongBox<ActivityContext>> Appends = [];

    public static bool IsListened => Source.HasListeners();

    public static Activity? Send(Guid conversationId) => Of(Source.StartActivity("livechat.send"), conversationId);

    public static Activity? Append() => Source.StartActivity("livechat.store.append");

    /// <summary>Remembers what the entry was appended in, for whoever emits it: the bus carries entries alone.</summary>
    public static void Note(ConversationEvent entry, ActivityContext append) => Appends.AddOrUpdate(entry, new StrongBox<ActivityContext>(append));

    /// <summary>What was noted of the entry, for a bus that takes it to another server; null where nobody listens.</summary>
    public static ActivityContext? Find(ConversationEvent entry) => IsListened && Appends.TryGetValue(entry, out var append) ? append.Value : null;

    /// <summary>Null also for an entry that was read from the store: it is part of no trace any more.</summary>
    public static Activity? Emit(ConversationEvent entry) => IsListened && Appends.TryGetValue(entry, out var append)
        ? Of(Source.StartActivity("livechat.relay.emit", ActivityKind.Internal, append.Value), entry.ConversationId)?.SetTag("livechat.sequence", entry.Sequence)
        : null;

    private static Activity? Of(Activity? activity, Guid conversationId) => activity?.SetTag("livechat.conversation_id", conversationId.ToString());
}
