using System.Text.Json;

namespace SocketIO;

/// <summary>Namespaces that are made by pattern when a client asks for them.</summary>
internal sealed class NamespaceFamily(SocketServer server, string description, Func<string, JsonElement, bool> matches, NamespaceHandlers handlers)
    : Registration(server, description, handlers)
{
    public override int SocketCount => Children().Sum(child => child.SocketCount);

    public bool Matches(string name, JsonElement auth) => matches(name, auth);

    public override ISocket? FindSocket(string id) => Children().Select(child => child.FindSocket(id)).FirstOrDefault(socket => socket is not null);

    public override int Broadcast(in BroadcastOperator choice, string eventName, ReadOnlySpan<byte> json, IReadOnlyList<ReadOnlyMemory<byte>> attachments)
    {
        var sent = 0;
        foreach (var child in Children())
            sent += child.Broadcast(choice, eventName, json, attachments);
        return sent;
    }

    public override IReadOnlyList<Socket> Select(in BroadcastOperator choice)
    {
        var sockets = new List<Socket>();
        foreach (var child in Children())
            sockets.AddRange(child.Select(choice));
        return sockets;
    }

    private Namespace[] Children() => Server.ChildrenOf(this);
}
