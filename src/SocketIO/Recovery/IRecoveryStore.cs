namespace SocketIO.Recovery;

/// <summary>
/// What lets a client that lost its connection come back as the same socket and be given what it missed (connection state
/// recovery). The store decides everything that must be remembered and where: in this process, in a shared store, or in
/// the <c>pid</c> itself, which the client keeps and returns. All members may be called from any thread, concurrently.
/// </summary>
/// <remarks>
/// The client keeps, as its offset, the last argument of each event that it received if that is a string. It comes back
/// with both in the <c>auth</c> of its CONNECT packet, from where they are removed before handlers see it. Clients of
/// protocol 4 take no part. Only sockets with a pid get offsets: a client whose library does not know of them would find one
/// argument too many in its events.
/// </remarks>
public interface IRecoveryStore
{
    /// <summary>Gives a socket that has passed the middlewares the secret with which its client can come back; null for none. Called before CONNECT is answered. When it throws, the connection is closed, so that the client tries again.</summary>
    ValueTask<string?> IssueAsync(ISocket socket, CancellationToken cancellationToken);

    /// <summary>A client came back. Null when it cannot be restored: it is then connected like a new one. A store that restores must not restore the same state to two clients. When it throws, the connection is closed, so that the client tries again: connected as new it would lose what it missed.</summary>
    ValueTask<RecoveredSocket?> RestoreAsync(RecoveryRequest request, CancellationToken cancellationToken);

    /// <summary>A socket with a pid has ended. Its client may come back if the reason <see cref="DisconnectReasons.IsRecoverable"/>. Rooms and items can still be read. Must not block.</summary>
    void Ended(ISocket socket, string pid, DisconnectReason reason);

    /// <summary>An event is about to be emitted that is neither volatile nor asks for an acknowledgement, and was not given an offset by the application. Returns the offset that it is sent with; null for none.</summary>
    string? Append(RecoveryEvent emitted);
}

/// <summary>A client that asks to be restored.</summary>
/// <param name="Namespace">The namespace.</param>
/// <param name="Pid">What <see cref="IRecoveryStore.IssueAsync"/> gave out, or anything that a client makes up.</param>
/// <param name="Offset">The last offset that the client saw; null when it saw none.</param>
/// <param name="Handshake">The new connection's handshake.</param>
public sealed record RecoveryRequest(string Namespace, string Pid, string? Offset, Handshake Handshake);

/// <summary>A socket to restore.</summary>
public sealed class RecoveredSocket
{
    /// <summary>The id that the socket had; null to give it a new one.</summary>
    public string? Id { get; init; }

    /// <summary>The secret for the next time; it must equal the one the client sent for its library to see itself as recovered.</summary>
    public required string Pid { get; init; }

    /// <summary>The rooms to join.</summary>
    public IReadOnlyCollection<string> Rooms { get; init; } = [];

    /// <summary>The items to set.</summary>
    public IReadOnlyDictionary<object, object?> Items { get; init; } = new Dictionary<object, object?>();

    /// <summary>Whether the middlewares are passed over. Default true.</summary>
    public bool SkipMiddlewares { get; init; } = true;

    /// <summary>
    /// Emits what was missed, each event with its offset, after CONNECT was answered and before <see cref="INamespace.OnConnected"/>
    /// runs. What others emit to the socket meanwhile is held back, and dropped if it has an offset that was emitted here.
    /// </summary>
    public Func<ISocket, CancellationToken, ValueTask>? Replay { get; init; }
}

/// <summary>An event as a store may keep it. The spans are valid during the call only.</summary>
public readonly ref struct RecoveryEvent
{
    internal RecoveryEvent(
        string ns, string name, ReadOnlySpan<byte> json, IReadOnlyList<ReadOnlyMemory<byte>> attachments, ReadOnlySpan<string> rooms, ReadOnlySpan<string> except)
    {
        Namespace = ns;
        Name = name;
        Json = json;
        Attachments = attachments;
        Rooms = rooms;
        Except = except;
    }

    /// <summary>The namespace.</summary>
    public string Namespace { get; }

    /// <summary>The event's name.</summary>
    public string Name { get; }

    /// <summary>The arguments as JSON, separated by commas.</summary>
    public ReadOnlySpan<byte> Json { get; }

    /// <summary>The binary values that placeholders in the JSON stand for.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Attachments { get; }

    /// <summary>The rooms that it goes to; empty for all sockets.</summary>
    public ReadOnlySpan<string> Rooms { get; }

    /// <summary>The rooms that are left out.</summary>
    public ReadOnlySpan<string> Except { get; }
}
