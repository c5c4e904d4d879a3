using SocketIO.Protocol;

namespace SocketIO;

/// <summary>One namespace: its sockets and rooms, with the handlers of its registration.</summary>
internal sealed class Namespace(SocketServer server, string name, NamespaceHandlers handlers, NamespaceFamily? family = null)
    : Registration(server, name, handlers)
{
    public override int SocketCount => Rooms.SocketCount;

    public RoomMap Rooms { get; } = new(server.Options.MaxRoomsPerSocket, server.Metrics);

    /// <summary>The family that it was made for; it is then removed when <see cref="Users"/> is back at zero.</summary>
    public NamespaceFamily? Family => family;

    /// <summary>Sockets that are in this namespace or about to be; owned by the server's lock.</summary>
    public int Users { get; set; }

    public override ISocket? FindSocket(string id) => Rooms.Find(id) is { Connected: true } socket ? socket : null;

    public override int Broadcast(in BroadcastOperator choice, string eventName, ReadOnlySpan<byte> json, IReadOnlyList<ReadOnlyMemory<byte>> attachments)
    {
        ReservedNames.ThrowIfReserved(eventName);
        var offset = choice.Offset;
        if (offset is null && !choice.IsVolatile && Server.Options.Recovery is { } recovery)
            offset = recovery.Append(new(Name, eventName, json, attachments, choice.Rooms, choice.Excepted));

        var sockets = Rooms.Select(choice.Rooms, choice.Excepted);
        if (sockets.IsEmpty)
            return 0;

        // Encoded at most twice, with and without the offset: every receiver's send buffer refers to the same bytes. Clients that
        // cannot be recovered do not know of offsets and would take one for an argument.
        EncodedPacket? plain = null, numbered = null;
        OutgoingEvent? told = null;
        var isHeard = Handlers.OutgoingListeners.Count > 0;
        var sent = 0;
        foreach (var socket in sockets)
        {
            var packet = offset is not null && socket.Pid is not null
                ? numbered ??= Encode(eventName, json, attachments, offset)
                : plain ??= Encode(eventName, json, attachments, offset: null);
            if ((isHeard || socket.HasOwnHandlers) && socket.Connected)
            {
                // The listener may emit, which may overwrite the buffer of the JSON: go on with the copy.
                told ??= new OutgoingEvent(eventName, json, attachments);
                json = told.ArgumentsJson.Span;
                socket.TellOutgoing(told);
            }

            if (socket.Send(packet, choice.IsVolatile, offset))
                sent++;
        }

        Server.Events.Sent(sent);
        return sent;
    }

    public override IReadOnlyList<Socket> Select(in BroadcastOperator choice)
    {
        var sockets = Rooms.Select(choice.Rooms, choice.Excepted);
        var connected = new List<Socket>(sockets.Length);
        foreach (var socket in sockets)
        {
            if (socket.Connected)
                connected.Add(socket);
        }

        return connected;
    }

    private EncodedPacket Encode(string eventName, ReadOnlySpan<byte> json, IReadOnlyList<ReadOnlyMemory<byte>> attachments, string? offset) =>
        Server.Options.Codec.Encode(new OutgoingPacket(SocketPacketType.Event, Name)
        {
            EventName = eventName,
            Json = json,
            Attachments = attachments,
            Offset = offset,
        });
}
