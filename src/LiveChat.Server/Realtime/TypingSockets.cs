using SocketIO;

namespace LiveChat.Server.Realtime;

/// <summary>
/// Which sockets of this server write something, and in which conversation. What a socket says of it is passed on when it changes, and else
/// at most once a <see cref="Pause"/>; it ends after <see cref="Lifetime"/>, with the sender's message, and with the socket. Thread-safe.
/// </summary>
/// <param name="bus">What the others are told by. Under the lock, so that what is told comes in the order in which it happened.</param>
/// <param name="clock">What it goes by.</param>
internal sealed class TypingSockets(IEventBus bus, TimeProvider clock) : IBusSubscriber
{
    /// <summary>How long it counts if nothing else is heard.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(6);

    /// <summary>In how many conversations a socket writes at once: with one more, the one that was told of longest ago has ended.</summary>
    public const int MostPerSocket = 16;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    // Guarded by _gate. Bounded by the sockets.
    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, List<Typist>> _typists = [];

    /// <summary>The socket's participant writes in the conversation, or has stopped.</summary>
    public void Type(ISocket socket, Guid conversationId, Participant participant, bool isTyping)
    {
        lock (_gate)
        {
            var typist = _typists.GetValueOrDefault(conversationId)?.Find(typist => typist.Socket == socket);
            if (!isTyping)
            {
                if (typist is not null)
                    End(typist);
                return;
            }

            // Its end has been told already.
            if (!socket.Connected)
                return;
            if (typist is not null && clock.GetElapsedTime(typist.ToldAt) < Pause)
                return;

            Tell(typist ?? Add(socket, conversationId, participant));
        }
    }

    /// <summary>The socket has ended.</summary>
    public void Ended(ISocket socket)
    {
        lock (_gate)
        {
            foreach (var typist in Of(socket))
                End(typist);
        }
    }

    /// <summary>Whoever shows it sees the same entries, and ends it by itself.</summary>
    public void OnCommitted(IReadOnlyList<ConversationEvent> entries)
    {
        lock (_gate)
        {
            if (_typists.Count == 0)
                return;

            foreach (var entry in entries)
            {
                foreach (var typist in _typists.GetValueOrDefault(entry.ConversationId)?.Where(typist => IsEndedBy(entry, typist.Participant)).ToList() ?? [])
                    Remove(typist);
            }
        }
    }

    /// <summary>Whether a participant writes no more after this entry: it has said it, or has nothing more to say.</summary>
    public static bool IsEndedBy(ConversationEvent entry, Participant participant) => entry.Match(
        message => message.Sender.Type == participant.Type && message.Sender.Id == participant.Id,
        transition => transition.Kind is TransitionKind.Closed || (transition.Kind is TransitionKind.Requeued && participant.Type is ParticipantType.Agent));

    private Typist Add(ISocket socket, Guid conversationId, Participant participant)
    {
        if (Of(socket) is { Count: >= MostPerSocket } others)
            End(others.MinBy(other => other.ToldAt)!);

        var typist = new Typist(socket, conversationId, participant);
        typist.Timer = clock.CreateTimer(_ => Expire(typist), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        if (!_typists.TryGetValue(conversationId, out var typists))
            _typists.Add(conversationId, typists = []);
        typists.Add(typist);
        return typist;
    }

    private void Tell(Typist typist)
    {
        typist.ToldAt = clock.GetTimestamp();
        typist.Timer!.Change(Lifetime, Timeout.InfiniteTimeSpan);
        Publish(typist, isTyping: true);
    }

    private void Expire(Typist typist)
    {
        lock (_gate)
        {
            // Told anew while the timer was under way.
            if (clock.GetElapsedTime(typist.ToldAt) >= Lifetime)
                End(typist);
        }
    }

    private void End(Typist typist)
    {
        if (Remove(typist))
            Publish(typist, isTyping: false);
    }

    private bool Remove(Typist typist)
    {
        if (!_typists.TryGetValue(typist.ConversationId, out var typists) || !typists.Remove(typist))
            return false;

        typist.Timer!.Dispose();
        if (typists.Count == 0)
            _typists.Remove(typist.ConversationId);
        return true;
    }

    private void Publish(Typist typist, bool isTyping)
    {
        var now = clock.GetUtcNow();
        bus.Publish(new TypingChange(typist.ConversationId, typist.Participant, isTyping, now, isTyping ? now + Lifetime : null, typist.Socket.Id));
    }

    private List<Typist> Of(ISocket socket) => [.. _typists.Values.SelectMany(typists => typists).Where(typist => typist.Socket == socket)];

    private sealed class Typist(ISocket socket, Guid conversationId, Participant participant)
    {
        public ISocket Socket { get; } = socket;

        public Guid ConversationId { get; } = conversationId;

        public Participant Participant { get; } = participant;

        public long ToldAt { get; set; }

        public ITimer? Timer { get; set; }
    }
}
