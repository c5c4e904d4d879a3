using System.Text.Json.Serialization.Metadata;
using SocketIO.Protocol;

namespace SocketIO;

/// <summary>A choice of receivers within a namespace; see <see cref="IBroadcast"/>. An immutable value, which may be kept and used again.</summary>
public readonly struct BroadcastOperator : IBroadcast, IEquatable<BroadcastOperator>
{
    private readonly IBroadcaster _target;
    private readonly string[]? _rooms;
    private readonly string[]? _except;
    private readonly bool _volatile;
    private readonly string? _offset;

    internal BroadcastOperator(IBroadcaster target, string[]? rooms = null, string[]? except = null, bool isVolatile = false, string? offset = null)
    {
        _target = target;
        _rooms = rooms;
        _except = except;
        _volatile = isVolatile;
        _offset = offset;
    }

    /// <inheritdoc/>
    public BroadcastOperator Volatile => new(_target, _rooms, _except, isVolatile: true, _offset);

    internal ReadOnlySpan<string> Rooms => _rooms;

    internal ReadOnlySpan<string> Excepted => _except;

    internal bool IsVolatile => _volatile;

    internal string? Offset => _offset;

    /// <summary>Compares by value.</summary>
    public static bool operator ==(BroadcastOperator left, BroadcastOperator right) => left.Equals(right);

    /// <summary>Compares by value.</summary>
    public static bool operator !=(BroadcastOperator left, BroadcastOperator right) => !left.Equals(right);

    /// <inheritdoc/>
    public BroadcastOperator To(string room) => new(_target, [.. Rooms, room], _except, _volatile, _offset);

    /// <inheritdoc/>
    public BroadcastOperator To(params ReadOnlySpan<string> rooms) => new(_target, [.. Rooms, .. rooms], _except, _volatile, _offset);

    /// <inheritdoc/>
    public BroadcastOperator In(string room) => To(room);

    /// <inheritdoc/>
    public BroadcastOperator Except(string room) => new(_target, _rooms, [.. Excepted, room], _volatile, _offset);

    /// <inheritdoc/>
    public BroadcastOperator Except(params ReadOnlySpan<string> rooms) => new(_target, _rooms, [.. Excepted, .. rooms], _volatile, _offset);

    /// <inheritdoc/>
    public BroadcastOperator WithOffset(string offset) => new(_target, _rooms, _except, _volatile, offset);

    /// <inheritdoc/>
    public int Emit(string eventName) => _target.Broadcast(this, eventName, default, []);

    /// <inheritdoc/>
    public int Emit(string eventName, ReadOnlyMemory<byte> utf8Json) => _target.Broadcast(this, eventName, utf8Json.Span, []);

    /// <inheritdoc/>
    public int Emit<T>(string eventName, T value, JsonTypeInfo<T> type)
    {
        List<ReadOnlyMemory<byte>>? attachments = null;
        var json = ValueJson.Write(value, type, ref attachments);
        return _target.Broadcast(this, eventName, json, attachments ?? []);
    }

    /// <inheritdoc/>
    public int Emit(string eventName, EventArguments arguments) => _target.Broadcast(this, eventName, arguments.Json.Span, arguments.Attachments);

    /// <inheritdoc/>
    public Task<BroadcastAcknowledgement> EmitWithAckAsync(string eventName, EventArguments arguments, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        _target.BroadcastWithAckAsync(this, eventName, arguments, timeout, cancellationToken);

    /// <inheritdoc/>
    public IReadOnlyList<ISocket> FetchSockets() => _target.Select(this);

    /// <inheritdoc/>
    public void SocketsJoin(params ReadOnlySpan<string> rooms)
    {
        foreach (var socket in _target.Select(this))
        {
            socket.Join(rooms);
        }
    }

    /// <inheritdoc/>
    public void SocketsLeave(params ReadOnlySpan<string> rooms)
    {
        foreach (var socket in _target.Select(this))
        {
            foreach (var room in rooms)
                socket.Leave(room);
        }
    }

    /// <inheritdoc/>
    public void DisconnectSockets(bool close = false)
    {
        foreach (var socket in _target.Select(this))
            socket.Disconnect(close);
    }

    /// <inheritdoc/>
    public bool Equals(BroadcastOperator other) => _target == other._target && _volatile == other._volatile && _offset == other._offset
        && Rooms.SequenceEqual(other.Rooms) && Excepted.SequenceEqual(other.Excepted);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is BroadcastOperator other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_target, Rooms.Length, Excepted.Length, _volatile, _offset);
}

/// <summary>What an operator acts on: one namespace, or a family of them.</summary>
internal interface IBroadcaster
{
    int Broadcast(in BroadcastOperator choice, string eventName, ReadOnlySpan<byte> json, IReadOnlyList<ReadOnlyMemory<byte>> attachments);

    Task<BroadcastAcknowledgement> BroadcastWithAckAsync(BroadcastOperator choice, string eventName, EventArguments arguments, TimeSpan? timeout, CancellationToken cancellationToken);

    IReadOnlyList<Socket> Select(in BroadcastOperator choice);
}
