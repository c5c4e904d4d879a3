using System.Diagnostics.CodeAnalysis;
using EngineIO.Protocol;

namespace EngineIO;

/// <summary>
/// Polling sessions that ended while no poll was waiting, each with the packet that the client's next poll is answered with. After a close
/// packet by POST that is a noop, since the client may have sent the poll at the same time on another connection. After a close by the
/// server it is a close packet. Bounded in number (the oldest is dropped first) and in time.
/// </summary>
internal sealed class Farewells
{
    private const int Capacity = 256;

    private readonly Lock _lock = new();
    private readonly Queue<Farewell> _recent = new();

    /// <summary>Keeps a packet for the next poll of a session.</summary>
    /// <param name="session">The session, which is about to end.</param>
    /// <param name="packet">What the poll gets.</param>
    /// <param name="until">Until when, in milliseconds of the server's clock.</param>
    public void Add(Session session, Packet packet, long until)
    {
        lock (_lock)
        {
            if (_recent.Count == Capacity)
                _recent.Dequeue();
            _recent.Enqueue(new Farewell(session, packet, until));
        }
    }

    /// <summary>Gives the session that ended under this id and the packet for its poll, once.</summary>
    public bool TryTake(string id, long now, [NotNullWhen(true)] out Session? session, [NotNullWhen(true)] out Packet? packet)
    {
        (session, packet) = (null, null);
        lock (_lock)
        {
            while (_recent.TryPeek(out var oldest) && (oldest.Taken || oldest.Until < now))
                _recent.Dequeue();
            foreach (var farewell in _recent)
            {
                if (!farewell.Taken && farewell.Until >= now && farewell.Session.Id == id)
                {
                    farewell.Taken = true;
                    (session, packet) = (farewell.Session, farewell.Packet);
                    return true;
                }
            }
        }

        return false;
    }

    private sealed class Farewell(Session session, Packet packet, long until)
    {
        public Session Session => session;

        public Packet Packet => packet;

        public long Until => until;

        public bool Taken { get; set; }
    }
}
