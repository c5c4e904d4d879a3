using LiveChat.Server.Wire;
using SocketIO;

namespace LiveChat.Server.Realtime;

/// <summary>What the gateway knows of one socket: what it asked for, on whose behalf, and the conversations that it is in.</summary>
internal sealed class GatewayConnection(ISocket socket, HandshakeParameters parameters, Caller caller, string rateLimitKey)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, ConversationFeed> _feeds = [];
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

    /// <summary>The conversation that the visitor who is followed had when it was let in; null when there was none.</summary>
    public Conversation? VisitorsOwn { get; init; }

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

    /// <summary>The one conversation that the socket is in. A desk has none, however many it is in: it names each.</summary>
    public Guid? ConversationId
    {
        get
        {
            lock (_gate)
                return Parameters.IsDesk || _feeds.Count == 0 ? null : _feeds.Keys.First();
        }
    }

    public bool IsIn(Guid conversationId)
    {
        lock (_gate)
            return _feeds.ContainsKey(conversationId);
    }

    /// <summary>Whether it is to be in this conversation for as long as that stands so: a desk while its agent holds it, and any other always.</summary>
    public bool Holds(Conversation conversation) =>
        !Parameters.IsDesk || (conversation.IsHeld && conversation.Agent!.Id == Parameters.Fingerprint);

    public static GatewayConnection Of(ISocket socket) => (GatewayConnection)socket.Items[typeof(GatewayConnection)]!;

    /// <summary>Keeps the feed that the socket is a member of; false when the socket is gone already.</summary>
    public bool TryAttach(ConversationFeed feed)
    {
        lock (_gate)
        {
            if (_closed)
                return false;

            _feeds[feed.ConversationId] = feed;
            return true;
        }
    }

    /// <summary>Gives up the feed, if it is one of its own, so that exactly one leaves it.</summary>
    public bool TryDetach(ConversationFeed feed)
    {
        lock (_gate)
            return _feeds.GetValueOrDefault(feed.ConversationId) == feed && _feeds.Remove(feed.ConversationId);
    }

    /// <summary>Gives up all feeds, so that exactly one leaves each.</summary>
    public IReadOnlyList<ConversationFeed> Detach()
    {
        lock (_gate)
        {
            ConversationFeed[] feeds = [.. _feeds.Values];
            _feeds.Clear();
            return feeds;
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

    /// <summary>The socket is gone: gives up its feeds, and no other is taken.</summary>
    public IReadOnlyList<ConversationFeed> Close(ISocketPresence presence)
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
