using EngineIO;
using EngineIO.Protocol;

namespace ConformanceHost;

/// <summary>Sends every message back as it came.</summary>
internal sealed class EchoHandler(Session session) : ISessionHandler
{
    public void Opened()
    {
    }

    public void Text(ReadOnlySpan<byte> utf8) => session.Send(Packet.TextMessage(utf8));

    public void Binary(ReadOnlySpan<byte> data) => session.Send(Packet.BinaryMessage(data));

    public void Closed(CloseReason reason)
    {
    }
}
