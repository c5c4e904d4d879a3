using System.Buffers;
using System.Text;
using EngineIO.Protocol;
using SocketIO.Protocol;

namespace SocketIO.MessagePack;

/// <summary>
/// The encoding of <c>socket.io-msgpack-parser</c>: each packet is a map <c>{type, data, nsp, id}</c> in one binary message,
/// binary values are in their place.
/// </summary>
internal sealed class MessagePackPacketCodec : PacketCodec
{
    public static MessagePackPacketCodec Instance { get; } = new();

    internal override EncodedPacket Encode(in OutgoingPacket packet)
    {
        var json = packet.Json;
        if (packet.Type is SocketPacketType.Event or SocketPacketType.Ack)
        {
            var data = new ArrayBufferWriter<byte>(packet.Json.Length + 64);
            JsonPacketCodec.WriteArguments(data, packet);
            json = data.WrittenSpan;
        }

        var output = new MessagePackWriter(json.Length + 64);
        output.WriteMapHeader(2 + (json.IsEmpty ? 0 : 1) + (packet.Id is null ? 0 : 1));
        output.WriteString("type"u8);
        output.WriteInteger((int)packet.Type);
        output.WriteString("nsp"u8);
        output.WriteString(Encoding.UTF8.GetBytes(packet.Namespace));
        if (!json.IsEmpty)
        {
            output.WriteString("data"u8);
            output.WriteJson(json, packet.Attachments);
        }

        if (packet.Id is { } id)
        {
            output.WriteString("id"u8);
            output.WriteInteger(id);
        }

        return new EncodedPacket(Packet.BinaryMessage(output.Written));
    }

    internal override PacketDecoder CreateDecoder(DecoderLimits limits) => new Decoder(limits);

    private sealed class Decoder(DecoderLimits limits) : PacketDecoder
    {
        public override bool IsWaiting => false;

        public override bool TryAddText(ReadOnlySpan<byte> text, out IncomingPacket? packet)
        {
            packet = null;
            return false;
        }

        public override bool TryAddBinary(ReadOnlySpan<byte> data, out IncomingPacket? packet)
        {
            packet = null;
            var reader = new MessagePackReader(data, limits.MaxDepth);
            long type = -1;
            string? ns = null;
            ulong? id = null;
            var attachments = new List<ReadOnlyMemory<byte>>();
            byte[] json = [];
            if (!reader.TryReadMapHeader(out var count))
                return false;

            for (var i = 0; i < count; i++)
            {
                if (!reader.TryReadString(out var key))
                    return false;

                bool read;
                switch (key)
                {
                    case "type":
                        read = reader.TryReadInteger(out type);
                        break;
                    case "nsp":
                        read = reader.TryReadString(out ns);
                        break;
                    case "id":
                        read = reader.TrySkipNil() || (reader.TryReadInteger(out var value) && value >= 0 && (id = (ulong)value) >= 0);
                        break;
                    case "data":
                        read = reader.TrySkipNil() || reader.TryReadAsJson(attachments, out json);
                        break;
                    default:
                        read = reader.TryReadAsJson([], out _);
                        break;
                }

                if (!read)
                    return false;
            }

            // A forged placeholder beside binary values would stand for one of them a second time.
            if (reader.HasPlaceholder && attachments.Count > 0)
                return false;
            if (!reader.AtEnd || ns is null || !ns.StartsWith('/') || type is < 0 or > 4 || attachments.Count > limits.MaxAttachments)
                return false;

            packet = PacketJson.TryMake((SocketPacketType)type, ns, id, json, attachments.Count, limits.MaxDepth, reader.IsTooDeep);
            if (packet is null)
                return false;
            packet.Attachments = attachments;
            return true;
        }
    }
}
