using SocketIO;

namespace LiveChat.Server.Realtime;

/// <summary>
/// The sockets that are and were in conversations on this server: all that are connected, and the last ones that ended. For whoever is asked
/// for help. Thread-safe.
/// </summary>
internal sealed class SocketLives(TimeProvider clock)
{
    /// <summary>How many that have ended are remembered.</summary>
    public const int MostEnded = 4096;

    /// <summary>Why it is not in the conversation any more although it is connected: its agent has lost it, or it is over.</summary>
    private const string LeftReason = "left the conversation";

    // Guarded by _gate. A socket that follows its visitor is in several conversations, one after the other, and a desk in several at once.
    private readonly Lock _gate = new();
    private readonly Dictionary<ISocket, List<SocketLife>> _connected = [];
    private readonly Queue<SocketLife> _ended = [];

    /// <summary>The socket has joined the conversation.</summary>
    public void Began(ISocket socket, Guid conversationId, ParticipantType role)
    {
        lock (_gate)
        {
            // Its end has been told already.
            if (!socket.Connected)
                return;
            if (!_connected.TryGetValue(socket, out var lives))
                _connected.Add(socket, lives = []);
            lives.Add(new SocketLife(conversationId, clock.GetUtcNow(), role, socket.TransportName, socket.Protocol == 5 ? 4 : 3));
        }
    }

    public void Ended(ISocket socket, DisconnectReason reason)
    {
        lock (_gate)
        {
            if (!_connected.Remove(socket, out var lives))
                return;

            foreach (var life in lives)
                End(socket, life, reason.ToCanonical());
        }
    }

    /// <summary>The socket has left the conversation and goes on in others.</summary>
    public void Left(ISocket socket, Guid conversationId)
    {
        lock (_gate)
        {
            if (!_connected.TryGetValue(socket, out var lives) || lives.Find(life => life.ConversationId == conversationId) is not { } left)
                return;

            lives.Remove(left);
            End(socket, left, LeftReason);
        }
    }

    private void End(ISocket socket, SocketLife life, string reason)
    {
        if (_ended.Count >= MostEnded)
            _ended.Dequeue();
        _ended.Enqueue(life with { DisconnectedAt = clock.GetUtcNow(), Reason = reason, Transport = socket.TransportName });
    }

    /// <summary>Those of the conversation, in the order in which they connected.</summary>
    public IReadOnlyList<SocketLife> Read(Guid conversationId)
    {
        lock (_gate)
        {
            var connected = _connected.SelectMany(pair => pair.Value.Select(life => life with { Transport = pair.Key.TransportName }));
            return [.. _ended.Concat(connected).Where(life => life.ConversationId == conversationId).OrderBy(life => life.ConnectedAt)];
        }
    }
}

/// <param name="Transport">The one in use, at the end the last one.</param>
/// <param name="Revision">Of Engine.IO.</param>
internal sealed record SocketLife(Guid ConversationId, DateTimeOffset ConnectedAt, ParticipantType Role, string Transport, int Revision)
{
    public DateTimeOffset? DisconnectedAt { get; init; }

    public string? Reason { get; init; }
}
