using LiveChat.Server.Wire;
using SocketIO;

namespace LiveChat.Server.Realtime;

/// <summary>What the gateway knows of one socket: what it asked for, on whose behalf, and the conversation that it is in.</summary>
internal sealed class GatewayConnection(ISocket socket, HandshakeParameters parameters, Caller caller, string rateLimitKey)
{
    private readonly Lock _gate = new();
    private ConversationFeed? _feed;
    private Participant? _participant;
    private Guid? _newestStarted;
    private bool _closed;

    public ISocket Socket { get; } = socket;

    public HandshakeParameters Parameters { get; } = parameters;

    public Caller Caller { get; } = caller;

    /// <summary>What it is in the conversation that it named.</summary>
    public Seat Seat => Parameters.Role is ParticipantType.Customer ? Seat.Customer
        : Admitted is { } conversation && Caller.RefuseWrite(conversation) == ChatError.NotYours ? Seat.Listener
        : Seat.Agent;

    public string RateLimitKey { get; } = rateLimitKey;

    /// <summary>The conversation that it named, as it stood when it was let in.</summary>
    public Conversation? Admitted { get; init; }

    /// <summary>From where the client is given what it missed; null when it did not say what it has seen. Of a visitor that is followed, where it was.</summary>
    public ResumePoint? Resume { get; } = socket.Items.TryGetValue(typeof(ResumePoint), out var recovered)
        ? (ResumePoint)recovered!
        : parameters is { ConversationId: { } id, After: { } after } ? new ResumePoint(id, after) : null;

    /// <summary>A visitor's connection that follows whatever conversation the visitor has.</summary>
    public bool FollowsVisitor => Parameters is { Role: ParticipantType.Customer, ConversationId: null };

    /// <summary>The conversation that the visitor started last while the connection was there; written in the order of the bus.</summary>
    public Guid? NewestStarted
    {
        get
        {
            lock (_gate)
                return _newestStarted;
        }
        set
        {
            lock (_gate)
                _newestStarted = value;
        }
    }

    /// <summary>Moving from one conversation to the next is done by one at a time.</summary>
    public SemaphoreSlim Turn { get; } = new(1, 1);

    /// <summary>The conversation that the socket is in.</summary>
    public Guid? ConversationId
    {
        get
        {
            lock (_gate)
                return _feed?.ConversationId;
        }
    }

    public static GatewayConnection Of(ISocket socket) => (GatewayConnection)socket.Items[typeof(GatewayConnection)]!;

    /// <summary>Keeps the feed that the socket is a member of; false when the socket is gone already.</summary>
    public bool TryAttach(ConversationFeed feed)
    {
        lock (_gate)
        {
            if (_closed)
                return false;

            _feed = feed;
            return true;
        }
    }

    /// <summary>Gives up the feed, if there is one, so that exactly one leaves it.</summary>
    public ConversationFeed? Detach()
    {
        lock (_gate)
        {
            var feed = _feed;
            _feed = null;
            return feed;
        }
    }

    /// <summary>
    /// Counts the socket as a sign that the participant is there: once for each socket, and never for one that is gone. The lock
    /// is held while the presence is told, so that it hears of the end after the beginning.
    /// </summary>
    public void Present(ISocketPresence presence, Participant participant)
    {
        lock (_gate)
        {
            if (_closed || _participant is not null)
                return;

            _participant = participant;
            presence.Connected(participant);
        }
    }

    /// <summary>The socket is gone: gives up the feed, and no other is taken.</summary>
    public ConversationFeed? Close(ISocketPresence presence)
    {
        lock (_gate)
        {
            if (!_closed && _participant is not null)
                presence.Disconnected(_participant);
            _closed = true;
        }

        return Detach();
    }
}
