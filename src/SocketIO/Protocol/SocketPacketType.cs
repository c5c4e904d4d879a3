namespace SocketIO.Protocol;

/// <summary>The packet types of the Socket.IO protocol, by the digit that each is on the wire.</summary>
internal enum SocketPacketType
{
    Connect = 0,
    Disconnect = 1,
    Event = 2,
    Ack = 3,
    ConnectError = 4,
    BinaryEvent = 5,
    BinaryAck = 6,
}
