using System.Buffers.Binary;
using System.Text.Unicode;

namespace EngineIO.Transports;

/// <summary>Status codes of the close frame (RFC 6455, section 7.4).</summary>
internal static class CloseCode
{
    public const ushort Normal = 1000;
    public const ushort GoingAway = 1001;
    public const ushort ProtocolError = 1002;
    public const ushort InvalidData = 1007;
    public const ushort TooLarge = 1009;

    /// <summary>The code for the answer to a client's close frame: its own if it sent one that may be sent, else what is wrong with it (RFC 6455, sections 5.5.1, 7.4.1 and 7.4.2).</summary>
    public static ushort AnswerTo(ReadOnlySpan<byte> payload)
    {
        if (payload.IsEmpty)
            return Normal;
        if (payload.Length == 1)
            return ProtocolError;

        var code = BinaryPrimitives.ReadUInt16BigEndian(payload);
        // 1004 to 1006 and 1015 are never sent: they stand for an end without a close frame. 1012 to 1014 were registered after the RFC.
        if (code is not ((>= 1000 and <= 1003) or (>= 1007 and <= 1014) or (>= 3000 and <= 4999)))
            return ProtocolError;
        return Utf8.IsValid(payload[2..]) ? code : InvalidData;
    }
}
