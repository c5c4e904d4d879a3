using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using LiveChat.Server.Wire;

namespace LiveChat.Server.Operations;

/// <summary>
/// Counts what the calls on this server add to conversations, so that the sum over all servers is right. A message costs one increment; the
/// counts are read when somebody asks. Thread-safe.
/// </summary>
internal sealed class ConversationMetrics
{
    /// <summary>Accepted conversations whose agent has not written yet, that are remembered at most.</summary>
    private const int MostAwaited = 64 * 1024;

    private const string OtherReason = "other";

    private static readonly double[] Waits = [1, 5, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200];
    private static readonly double[] Durations = [60, 300, 600, 1200, 1800, 3600, 7200, 14400, 28800, 43200, 86400];
    private static readonly ParticipantType[] Sides = Enum.GetValues<ParticipantType>();

    /// <summary>The server's own reasons. What people give as a reason is their own text, and no label.</summary>
    private static readonly string[] Reasons =
        [ExpireConversation.QueueTimeout, ExpireConversation.Inactivity, ExpireConversation.MaxDuration, EndConversation.Erased, OtherReason];

    private readonly long[] _messages = new long[Sides.Length];
    private readonly long[,] _closed = new long[Sides.Length, Reasons.Length];
    private readonly ConcurrentDictionary<Guid, DateTimeOffset> _awaited = [];
    private readonly Histogram<double> _acceptWait;
    private readonly Histogram<double> _firstResponse;
    private readonly Histogram<double> _duration;

    public ConversationMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(ChatMeter.Name);
        meter.CreateObservableCounter("livechat.messages", ReadMessages, "{message}", "Messages stored, by who sent them.");
        meter.CreateObservableCounter("livechat.conversations.closed", ReadClosed, "{conversation}", "Conversations closed, by whom and why.");
        _acceptWait = Histogram("livechat.conversation.accept_wait", "From entering the queue to being accepted.", Waits);
        _firstResponse = Histogram("livechat.conversation.first_response", "From the beginning of a conversation to the first message of an agent.", Waits);
        _duration = Histogram("livechat.conversation.duration", "From the beginning of a conversation to its end.", Durations);

        Histogram<double> Histogram(string name, string description, double[] bounds) =>
            meter.CreateHistogram(name, "s", description, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = bounds });
    }

    public void Added(ConversationEvent entry)
    {
        switch (entry)
        {
            case Message message:
                Interlocked.Increment(ref _messages[(int)message.Sender.Type]);
                if (message.Sender.Type is ParticipantType.Agent && _awaited.TryRemove(message.ConversationId, out var began))
                    _firstResponse.Record((message.Timestamp - began).TotalSeconds);
                break;
            case Transition { Kind: TransitionKind.Assigned, Conversation: var conversation }:
                _acceptWait.Record((conversation.AcceptedAt!.Value - conversation.QueuedAt).TotalSeconds);

                // One that goes to another agent has been answered before, or it is still awaited.
                if (conversation.QueuedAt == conversation.CreatedAt && _awaited.Count < MostAwaited)
                    _awaited[conversation.Id] = conversation.CreatedAt;
                break;
            case Transition { Kind: TransitionKind.Closed, Conversation: var conversation }:
                Interlocked.Increment(ref _closed[(int)conversation.ClosedBy!.Value, ReasonOf(conversation)]);
                _duration.Record((conversation.ClosedAt!.Value - conversation.CreatedAt).TotalSeconds);
                _awaited.TryRemove(conversation.Id, out _);
                break;
        }
    }

    private static int ReasonOf(Conversation conversation)
    {
        var known = conversation.ClosedBy is ParticipantType.System ? Array.IndexOf(Reasons, conversation.CloseReason) : -1;
        return known < 0 ? Reasons.Length - 1 : known;
    }

    private IEnumerable<Measurement<long>> ReadMessages() => Sides.Select(side =>
        new Measurement<long>(Interlocked.Read(ref _messages[(int)side]), new KeyValuePair<string, object?>("sender", Words.Of(side))));

    private IEnumerable<Measurement<long>> ReadClosed() =>
        from side in Sides
        from reason in Enumerable.Range(0, Reasons.Length)
        select new Measurement<long>(
            Interlocked.Read(ref _closed[(int)side, reason]),
            new("closed_by", Words.Of(side)),
            new("reason", Reasons[reason]));
}
