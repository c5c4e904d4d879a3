using System.Diagnostics;
using LiveChat.Server.Wire;

namespace LiveChat.Server.Operations;

/// <summary>What the log says of an entry: nothing that anybody wrote. Small, because many are kept.</summary>
/// <param name="Kind">Null of a message.</param>
/// <param name="Status">What the conversation stood at after it; of no meaning for a message.</param>
/// <param name="TraceId">The trace of the call that added it, where it has one.</param>
internal readonly record struct LifecycleLine(
    DateTimeOffset At,
    long Sequence,
    TransitionKind? Kind,
    ConversationStatus Status,
    ParticipantType Participant,
    string? TraceId)
{
    /// <summary>Of an entry that the current call added.</summary>
    public static LifecycleLine Of(ConversationEvent entry)
    {
        var traceId = Activity.Current?.TraceId.ToString();
        return entry is Transition transition
            ? new(entry.Timestamp, entry.Sequence, transition.Kind, transition.Conversation.Status, transition.Participant?.Type ?? ParticipantType.System, traceId)
            : new(entry.Timestamp, entry.Sequence, Kind: null, default, ((Message)entry).Sender.Type, traceId);
    }

    public void WriteTo(ILogger log, Guid conversationId)
    {
        if (Kind is { } kind)
            OperationsLog.Lifecycle(log, SystemEventTypes.Of(kind), conversationId, Sequence, Status, Participant, TraceId);
        else
            OperationsLog.Sent(log, Sequence, conversationId, Participant, TraceId);
    }
}
