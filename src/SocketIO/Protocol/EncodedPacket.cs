using EngineIO.Protocol;

namespace SocketIO.Protocol;

/// <summary>A packet as the Engine.IO messages that carry it: immutable, the same for every receiver.</summary>
internal readonly struct EncodedPacket(Packet first, Packet[]? attachments = null)
{
    public Packet First { get; } = first;

    public Packet[]? Attachments { get; } = attachments;
}
