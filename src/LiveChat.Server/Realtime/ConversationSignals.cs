using System.Text.Json;
using LiveChat.Server.Wire;
using SocketIO;

namespace LiveChat.Server.Realtime;

/// <summary>
/// What the sockets of a conversation are shown of each other that is not in its log: how far each side has read, and who writes. Each is
/// told to all but the sockets of the side that it is about. Used by one at a time: whoever runs the feed's mailbox.
/// </summary>
/// <param name="sockets">Where they are.</param>
/// <param name="rooms">The feed's.</param>
/// <param name="clock">When an end counts that was never heard.</param>
/// <param name="post">Puts something into the feed's mailbox, which comes back here.</param>
internal sealed class ConversationSignals(INamespace sockets, Rooms rooms, TimeProvider clock, Action<object> post)
{
    /// <summary>Sockets that are shown to write at once; more of them are not shown.</summary>
    private const int MostTyping = 64;

    private readonly BroadcastOperator _allButCustomer = sockets.To(rooms.All).Except(rooms.Customer);
    private readonly BroadcastOperator _allButAgent = sockets.To(rooms.All).Except(rooms.Agent);
    private readonly Dictionary<string, Shown> _typing = [];

    // The last that each side was heard to have read.
    private ReadChange? _customerRead;
    private ReadChange? _agentRead;

    /// <summary>How far each side has read, as far as it was heard here.</summary>
    public Conversation With(Conversation conversation) => conversation with
    {
        Read = conversation.Read
            .Advance(ParticipantType.Customer, _customerRead?.Sequence ?? 0)
            .Advance(ParticipantType.Agent, _agentRead?.Sequence ?? 0),
    };

    public void Show(ReadChange change, Participant? participant)
    {
        ref var last = ref change.Participant.Type is ParticipantType.Agent ? ref _agentRead : ref _customerRead;
        if (change.Sequence <= last?.Sequence)
            return;

        // Kept for who joins, also where nobody is there yet to be told.
        last = change with { Participant = participant ?? change.Participant };
        Others(change.Participant.Type).Emit(EventNames.ChatRead, Encode(last));
    }

    /// <summary>What was read since the socket was told where the conversation stands, which it was given <paramref name="known"/> for.</summary>
    public void Tell(ISocket socket, Seat seat, ReadMarkers known)
    {
        if (seat is not Seat.Customer && _customerRead is { } customer && customer.Sequence > known.Customer)
            socket.Emit(EventNames.ChatRead, Encode(customer));
        if (seat is not Seat.Agent && _agentRead is { } agent && agent.Sequence > known.Agent)
            socket.Emit(EventNames.ChatRead, Encode(agent));
    }

    /// <param name="change">What was heard.</param>
    /// <param name="participant">Who it is in the conversation.</param>
    public void Show(TypingChange change, Participant participant)
    {
        if (!change.IsTyping)
        {
            End(change.Origin);
            return;
        }

        if (_typing.Count >= MostTyping && !_typing.ContainsKey(change.Origin))
            return;

        // By the sender's clock alone: this one may say something else.
        var shown = new Shown(change.Origin, participant);
        var lifetime = change.ExpiresAt is { } end && end > change.At ? end - change.At : TypingSockets.Lifetime;
        Remove(change.Origin);
        shown.Timer = clock.CreateTimer(_ => post(shown), null, lifetime, Timeout.InfiniteTimeSpan);
        _typing[change.Origin] = shown;
        Tell(participant, change.ExpiresAt ?? change.At + lifetime);
    }

    /// <summary>Nothing else was heard for so long.</summary>
    public void Expire(Shown shown)
    {
        if (_typing.GetValueOrDefault(shown.Origin) == shown)
            End(shown.Origin);
    }

    /// <summary>An entry was delivered.</summary>
    public void Note(ConversationEvent entry)
    {
        if (_typing.Count == 0)
            return;

        foreach (var shown in _typing.Values.Where(shown => TypingSockets.IsEndedBy(entry, shown.Participant)).ToList())
            End(shown.Origin);
    }

    /// <summary>A side writes until the last of its sockets has stopped.</summary>
    private void End(string origin)
    {
        if (Remove(origin) is { } ended && !_typing.Values.Any(other => other.Participant.Type == ended.Participant.Type))
            Tell(ended.Participant, expiresAt: null);
    }

    private Shown? Remove(string origin)
    {
        if (_typing.Remove(origin, out var shown))
            shown.Timer!.Dispose();
        return shown;
    }

    private void Tell(Participant participant, DateTimeOffset? expiresAt) => Others(participant.Type).Emit(
        EventNames.ChatTyping,
        JsonSerializer.SerializeToUtf8Bytes(
            new ChatTypingBody(rooms.ConversationId, participant, Typing: expiresAt is not null, expiresAt), Json.Wire.ChatTypingBody));

    private BroadcastOperator Others(ParticipantType side) => side is ParticipantType.Customer ? _allButCustomer : _allButAgent;

    private static byte[] Encode(ReadChange change) => JsonSerializer.SerializeToUtf8Bytes(
        new ChatReadBody(change.ConversationId, change.Participant, change.Sequence, change.At), Json.Wire.ChatReadBody);

    /// <summary>A socket, wherever it is, that is shown to write.</summary>
    internal sealed class Shown(string origin, Participant participant)
    {
        public string Origin { get; } = origin;

        public Participant Participant { get; } = participant;

        public ITimer? Timer { get; set; }
    }
}
