namespace SocketIO;

/// <summary>
/// A set of sockets with a snapshot to iterate over without a lock. The snapshot is made when it is first asked for after
/// a change, so that a thousand joins in a row cost one copy, and a thousand emits none. Owned by the namespace's lock.
/// </summary>
internal sealed class Room
{
    private readonly HashSet<Socket> _members = [];
    private Socket[]? _snapshot;

    public int Count => _members.Count;

    public Socket[] Snapshot => _snapshot ??= [.. _members];

    public bool Add(Socket socket)
    {
        if (!_members.Add(socket))
            return false;
        _snapshot = null;
        return true;
    }

    public bool Remove(Socket socket)
    {
        if (!_members.Remove(socket))
            return false;
        _snapshot = null;
        return true;
    }
}
