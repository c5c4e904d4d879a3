using System.Diagnostics.CodeAnalysis;

namespace EngineIO;

/// <summary>
/// Sessions that a client has just closed by POST while its own poll was still on the way: a client sends both at once, on two
/// connections, and the poll should end well whichever comes first. Bounded in number and in time.
/// </summary>
internal sealed class Farewells
{
    private const int Capacity = 256;
    private const long Lifetime = 1000;

    private readonly Lock _lock = new();
    private readonly Queue<Farewell> _recent = new();

    public void Add(Session session, long now)
    {
        lock (_lock)
        {
            if (_recent.Count == Capacity)
                _recent.Dequeue();
            _recent.Enqueue(new Farewell(session, now + Lifetime));
        }
    }

    /// <summary>Gives the session that ended under this id, once.</summary>
    public bool TryTake(string id, long now, [NotNullWhen(true)] out Session? session)
    {
        session = null;
        lock (_lock)
        {
            while (_recent.TryPeek(out var oldest) && oldest.Until < now)
                _recent.Dequeue();
            foreach (var farewell in _recent)
            {
                if (!farewell.Taken && farewell.Session.Id == id)
                {
                    farewell.Taken = true;
                    session = farewell.Session;
                    return true;
                }
            }
        }

        return false;
    }

    private sealed class Farewell(Session session, long until)
    {
        public Session Session => session;

        public long Until => until;

        public bool Taken { get; set; }
    }
}
