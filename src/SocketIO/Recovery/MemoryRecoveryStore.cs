using System.Globalization;
using EngineIO;

namespace SocketIO.Recovery;

/// <summary>Settings of a <see cref="MemoryRecoveryStore"/>.</summary>
public sealed record MemoryRecoveryOptions
{
    /// <summary>How long a client may be gone. Default 2 minutes.</summary>
    public TimeSpan MaxDisconnection { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Whether the middlewares are passed over when a client comes back. Default true.</summary>
    public bool SkipMiddlewares { get; init; } = true;

    /// <summary>Events kept, of all namespaces together; beyond it the oldest go, and clients that missed one of those connect anew. Default 10,000.</summary>
    public int MaxEvents { get; init; } = 10_000;

    /// <summary>Bytes of those events. Default 64 MiB.</summary>
    public long MaxBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Ended sockets remembered; beyond it the oldest go. Default 100,000.</summary>
    public int MaxSockets { get; init; } = 100_000;
}

/// <summary>
/// Keeps ended sockets and recent events in this process: one log for all, never a copy per socket. It serves one server
/// process with sticky sessions; after a restart clients connect anew.
/// </summary>
public sealed class MemoryRecoveryStore(TimeProvider time, MemoryRecoveryOptions? options = null) : IRecoveryStore
{
    private readonly MemoryRecoveryOptions _options = options ?? new MemoryRecoveryOptions();
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Live> _live = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Saved> _saved = new(StringComparer.Ordinal);
    private readonly Queue<(string Pid, Saved Saved)> _expiry = new();
    private readonly Queue<Entry> _log = new();
    private long _bytes;
    private long _last;

    /// <summary>Sockets that are connected, as far as this store knows.</summary>
    internal int LiveCount
    {
        get
        {
            lock (_lock)
                return _live.Count;
        }
    }

    /// <inheritdoc/>
    public ValueTask<string?> IssueAsync(ISocket socket, CancellationToken cancellationToken)
    {
        var pid = SessionId.New();
        lock (_lock)
            _live[pid] = new Live(socket, _last);
        return ValueTask.FromResult<string?>(pid);
    }

    /// <inheritdoc/>
    public ValueTask<RecoveredSocket?> RestoreAsync(RecoveryRequest request, CancellationToken cancellationToken)
    {
        ISocket? kicked = null;
        Saved? saved;
        lock (_lock)
        {
            Trim();
            // The client may be back before the server has noticed that its old connection is dead. The newer connection wins.
            if (_live.Remove(request.Pid, out var live))
            {
                kicked = live.Socket;
                saved = new Saved(live.Socket, live.Since, time.GetUtcNow() + _options.MaxDisconnection);
            }
            else
            {
                _saved.Remove(request.Pid, out saved);
            }
        }

        kicked?.Disconnect(close: true);
        if (saved is null || saved.Namespace != request.Namespace || !TryParse(request.Offset, saved.Since, out var seen))
            return ValueTask.FromResult<RecoveredSocket?>(null);

        return ValueTask.FromResult<RecoveredSocket?>(new RecoveredSocket
        {
            Id = saved.Id,
            Pid = request.Pid,
            Rooms = saved.Rooms,
            Items = saved.Items,
            SkipMiddlewares = _options.SkipMiddlewares,
            Replay = (socket, token) => ReplayAsync(socket, saved, request.Pid, seen, token),
        });
    }

    /// <inheritdoc/>
    public void Ended(ISocket socket, string pid, DisconnectReason reason)
    {
        lock (_lock)
        {
            if (!_live.TryGetValue(pid, out var live) || live.Socket != socket)
                return;
            _live.Remove(pid);
            if (!reason.IsRecoverable())
                return;

            var saved = new Saved(socket, live.Since, time.GetUtcNow() + _options.MaxDisconnection);
            _saved[pid] = saved;
            _expiry.Enqueue((pid, saved));
            Trim();
        }
    }

    /// <inheritdoc/>
    public string? Append(RecoveryEvent emitted)
    {
        var size = emitted.Json.Length + emitted.Attachments.Sum(attachment => attachment.Length) + 200;
        lock (_lock)
        {
            var entry = new Entry(
                ++_last, time.GetUtcNow(), size, emitted.Namespace, emitted.Name, new EventArguments(emitted.Json, emitted.Attachments),
                emitted.Rooms.ToArray(), emitted.Except.ToArray());
            _log.Enqueue(entry);
            _bytes += size;
            Trim();
            return entry.Offset;
        }
    }

    private ValueTask ReplayAsync(ISocket socket, Saved saved, string pid, long seen, CancellationToken cancellationToken)
    {
        List<Entry> missed;
        lock (_lock)
        {
            _live[pid] = new Live(socket, seen);
            missed = [.. _log.Where(entry => entry.Position > seen && entry.Reaches(saved))];
        }

        // It may have ended just before it was added to _live, so that Ended found nothing: call it again.
        if (!socket.Connected)
            Ended(socket, pid, DisconnectReason.ServerNamespaceDisconnect);

        foreach (var entry in missed)
        {
            if (cancellationToken.IsCancellationRequested || !socket.Emit(entry.Name, entry.Arguments, entry.Offset))
                break;
        }

        return default;
    }

    /// <summary>Where the client stands; false when something that it may have missed is kept no more. Called without an offset, it has seen nothing since it connected.</summary>
    private bool TryParse(string? offset, long since, out long seen)
    {
        seen = since;
        if (offset is not null && !long.TryParse(offset, NumberStyles.None, CultureInfo.InvariantCulture, out seen))
            return false;
        lock (_lock)
            return seen <= _last && (_log.Count == 0 ? seen == _last : seen >= _log.Peek().Position - 1);
    }

    // Called under the lock.
    private void Trim()
    {
        var now = time.GetUtcNow();
        while (_log.TryPeek(out var oldest)
            && (_log.Count > _options.MaxEvents || _bytes > _options.MaxBytes || oldest.Time + _options.MaxDisconnection < now))
        {
            _log.Dequeue();
            _bytes -= oldest.Size;
        }

        while (_expiry.TryPeek(out var first) && (_expiry.Count > _options.MaxSockets || first.Saved.Until < now))
        {
            _expiry.Dequeue();
            if (_saved.TryGetValue(first.Pid, out var saved) && saved == first.Saved)
                _saved.Remove(first.Pid);
        }
    }

    private sealed record Live(ISocket Socket, long Since);

    private sealed class Saved(ISocket socket, long since, DateTimeOffset until)
    {
        public string Id { get; } = socket.Id;

        public string Namespace { get; } = socket.Namespace.Name;

        public IReadOnlyCollection<string> Rooms { get; } = socket.Rooms;

        public IReadOnlyDictionary<object, object?> Items { get; } = socket.Items.ToDictionary(item => item.Key, item => item.Value);

        public long Since => since;

        public DateTimeOffset Until => until;
    }

    private sealed record Entry(
        long Position, DateTimeOffset Time, int Size, string Namespace, string Name, EventArguments Arguments, string[] Rooms, string[] Except)
    {
        public string Offset { get; } = Position.ToString(CultureInfo.InvariantCulture);

        public bool Reaches(Saved socket) => Namespace == socket.Namespace
            && (Rooms.Length == 0 || Rooms.Any(socket.Rooms.Contains))
            && !Except.Any(socket.Rooms.Contains);
    }
}
