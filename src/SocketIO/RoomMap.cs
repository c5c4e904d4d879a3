using System.Runtime.InteropServices;

namespace SocketIO;

/// <summary>
/// The sockets and rooms of a namespace. One lock, held for lookups and changes, never while sending. The room of a
/// socket's own id is not stored: it is the socket.
/// </summary>
internal sealed class RoomMap(int maxRoomsPerSocket, SocketMetrics metrics)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Socket> _sockets = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Room> _rooms = new(StringComparer.Ordinal);
    private Socket[]? _everyone;

    public int SocketCount
    {
        get
        {
            lock (_lock)
                return _sockets.Count;
        }
    }

    public int RoomCount
    {
        get
        {
            lock (_lock)
                return _rooms.Count;
        }
    }

    public void Add(Socket socket)
    {
        lock (_lock)
        {
            _sockets[socket.Id] = socket;
            _everyone = null;
        }
    }

    public Socket? Find(string id)
    {
        lock (_lock)
            return _sockets.GetValueOrDefault(id);
    }

    /// <summary>Removes a socket and all its memberships, for good.</summary>
    public void Remove(Socket socket)
    {
        lock (_lock)
        {
            // A recovered socket may have taken the id over.
            if (_sockets.TryGetValue(socket.Id, out var present) && present == socket)
            {
                _sockets.Remove(socket.Id);
                _everyone = null;
            }

            foreach (var name in socket.JoinedRooms ?? [])
                RemoveFrom(name, socket);
            socket.JoinedRooms = null;
            socket.HasLeft = true;
        }
    }

    public void Join(Socket socket, string name)
    {
        lock (_lock)
            JoinOne(socket, name);
    }

    public void Join(Socket socket, ReadOnlySpan<string> names)
    {
        lock (_lock)
        {
            foreach (var name in names)
                JoinOne(socket, name);
        }
    }

    // Called under the lock.
    private void JoinOne(Socket socket, string name)
    {
        // After its end nothing would ever take the socket out of the room again.
        if (socket.HasLeft || name == socket.Id)
            return;

        var joined = socket.JoinedRooms ??= new HashSet<string>(StringComparer.Ordinal);
        if (joined.Contains(name))
            return;
        if (joined.Count >= maxRoomsPerSocket)
        {
            metrics.LimitExceeded(nameof(SocketIOOptions.MaxRoomsPerSocket));
            throw new InvalidOperationException($"A socket may be in {maxRoomsPerSocket} rooms ({nameof(SocketIOOptions.MaxRoomsPerSocket)}).");
        }

        joined.Add(name);
        ref var room = ref CollectionsMarshal.GetValueRefOrAddDefault(_rooms, name, out _);
        (room ??= new Room()).Add(socket);
    }

    public void Leave(Socket socket, string name)
    {
        lock (_lock)
        {
            if (socket.JoinedRooms?.Remove(name) == true)
                RemoveFrom(name, socket);
        }
    }

    public string[] RoomsOf(Socket socket)
    {
        lock (_lock)
            return socket.HasLeft ? [] : [socket.Id, .. socket.JoinedRooms ?? []];
    }

    /// <summary>The sockets in any of the rooms, or all where none is named, each once, without those in the excepted rooms.</summary>
    public ReadOnlySpan<Socket> Select(ReadOnlySpan<string> rooms, ReadOnlySpan<string> except)
    {
        lock (_lock)
        {
            if (except.IsEmpty && rooms.Length <= 1)
                return rooms.IsEmpty ? Everyone() : Members(rooms[0]);

            var selected = new HashSet<Socket>();
            if (rooms.IsEmpty)
            {
                selected.UnionWith(Everyone());
            }
            else
            {
                foreach (var room in rooms)
                    selected.UnionWith(Members(room));
            }

            foreach (var room in except)
                selected.ExceptWith(Members(room));
            return selected.ToArray();
        }
    }

    private Socket[] Everyone() => _everyone ??= [.. _sockets.Values];

    private Socket[] Members(string name)
    {
        if (_rooms.TryGetValue(name, out var room))
        {
            // A room may have the name of a socket that is not in it.
            return _sockets.TryGetValue(name, out var owner) ? [owner, .. room.Snapshot.Where(member => member != owner)] : room.Snapshot;
        }

        return _sockets.TryGetValue(name, out var socket) ? [socket] : [];
    }

    private void RemoveFrom(string name, Socket socket)
    {
        if (_rooms.TryGetValue(name, out var room) && room.Remove(socket) && room.Count == 0)
            _rooms.Remove(name);
    }
}
