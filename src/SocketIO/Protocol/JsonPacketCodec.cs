using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using EngineIO.Protocol;

namespace SocketIO.Protocol;

/// <summary>
/// The default encoding, <c>&lt;type&gt;[&lt;attachments&gt;-][&lt;namespace&gt;,][&lt;id&gt;][json]</c>, the same in
/// protocol 4 and 5 for everything but the contents of CONNECT and CONNECT_ERROR.
/// </summary>
internal sealed class JsonPacketCodec : PacketCodec
{
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? t_scratch;

    internal override EncodedPacket Encode(in OutgoingPacket packet)
    {
        var scratch = t_scratch ??= new ArrayBufferWriter<byte>(512);
        scratch.ResetWrittenCount();
        WriteHeader(scratch, packet);
        if (packet.Type is SocketPacketType.Event or SocketPacketType.Ack)
            WriteArguments(scratch, packet);
        else
            scratch.Write(packet.Json);

        var first = Packet.TextMessage(scratch.WrittenSpan);
        if (scratch.Capacity > 64 * 1024)
            t_scratch = null;

        if (packet.Attachments.Count == 0)
            return new EncodedPacket(first);

        var attachments = new Packet[packet.Attachments.Count];
        for (var i = 0; i < attachments.Length; i++)
            attachments[i] = Packet.BinaryMessage(packet.Attachments[i].Span);
        return new EncodedPacket(first, attachments);
    }

    internal override PacketDecoder CreateDecoder(DecoderLimits limits) => new JsonPacketDecoder(limits);

    private static void WriteHeader(ArrayBufferWriter<byte> output, in OutgoingPacket packet)
    {
        var type = packet.Attachments.Count == 0 ? packet.Type
            : packet.Type == SocketPacketType.Event ? SocketPacketType.BinaryEvent : SocketPacketType.BinaryAck;
        output.Write([(byte)('0' + (int)type)]);
        if (packet.Attachments.Count > 0)
        {
            WriteNumber(output, (ulong)packet.Attachments.Count);
            output.Write("-"u8);
        }

        if (packet.Namespace != "/")
        {
            WriteText(output, packet.Namespace);
            output.Write(","u8);
        }

        if (packet.Id is { } id)
            WriteNumber(output, id);
    }

    /// <summary>The payload of an event or an acknowledgement: the array of the name, the arguments and the offset.</summary>
    public static void WriteArguments(ArrayBufferWriter<byte> output, in OutgoingPacket packet)
    {
        output.Write("["u8);
        var separated = true;
        if (packet.EventName is { } name)
        {
            output.Write("\""u8);
            if (PacketJson.NeedsNoEscape(name))
                WriteText(output, name);
            else
                output.Write(JsonEncodedText.Encode(name).EncodedUtf8Bytes);
            output.Write("\""u8);
            separated = false;
        }

        if (!packet.Json.IsEmpty)
        {
            if (!separated)
                output.Write(","u8);
            output.Write(packet.Json);
            separated = false;
        }

        if (packet.Offset is { } offset)
        {
            if (!separated)
                output.Write(","u8);
            output.Write(PacketJson.Quote(offset));
        }

        output.Write("]"u8);
    }

    private static void WriteText(ArrayBufferWriter<byte> output, string text)
    {
        var span = output.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length));
        output.Advance(Encoding.UTF8.GetBytes(text, span));
    }

    private static void WriteNumber(ArrayBufferWriter<byte> output, ulong value)
    {
        value.TryFormat(output.GetSpan(20), out var written, default, CultureInfo.InvariantCulture);
        output.Advance(written);
    }
}
