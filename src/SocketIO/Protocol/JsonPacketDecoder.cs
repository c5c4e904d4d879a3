using System.Buffers.Text;
using System.Text;

namespace SocketIO.Protocol;

/// <summary>Decodes the default encoding and gathers attachments.</summary>
internal sealed class JsonPacketDecoder(DecoderLimits limits) : PacketDecoder
{
    private IncomingPacket? _waiting;
    private List<ReadOnlyMemory<byte>>? _attachments;
    private int _expected;
    private int _bytes;

    public override bool IsWaiting => _waiting is not null;

    public override bool TryAddText(ReadOnlySpan<byte> text, out IncomingPacket? packet)
    {
        packet = null;
        // Only attachments may follow a binary header.
        if (_waiting is not null || text.IsEmpty || text[0] is < (byte)'0' or > (byte)'6')
            return false;

        var type = (SocketPacketType)(text[0] - '0');
        var rest = text[1..];
        var binary = type is SocketPacketType.BinaryEvent or SocketPacketType.BinaryAck;
        var attachments = 0;
        if (binary && !TryReadAttachments(ref rest, out attachments))
            return false;
        var ns = ReadNamespace(ref rest);
        if (!TryReadId(ref rest, out var id))
            return false;

        type = type switch
        {
            SocketPacketType.BinaryEvent => SocketPacketType.Event,
            SocketPacketType.BinaryAck => SocketPacketType.Ack,
            _ => type,
        };
        packet = PacketJson.TryMake(type, ns, id, rest, attachments, limits.MaxDepth);
        if (packet is null)
            return false;
        if (attachments == 0)
            return true;

        _waiting = packet;
        _expected = attachments;
        _bytes = text.Length;
        _attachments = new List<ReadOnlyMemory<byte>>(attachments);
        packet = null;
        return true;
    }

    public override bool TryAddBinary(ReadOnlySpan<byte> data, out IncomingPacket? packet)
    {
        packet = null;
        if (_waiting is null || data.Length > limits.MaxPacketBytes - _bytes)
            return false;

        _bytes += data.Length;
        _attachments!.Add(data.ToArray());
        if (_attachments.Count < _expected)
            return true;

        packet = _waiting;
        packet.Attachments = _attachments;
        _waiting = null;
        _attachments = null;
        return true;
    }

    private bool TryReadAttachments(ref ReadOnlySpan<byte> rest, out int count)
    {
        var dash = rest[..Math.Min(rest.Length, 11)].IndexOf((byte)'-');
        count = 0;
        if (dash < 1 || !Utf8Parser.TryParse(rest[..dash], out uint value, out var used) || used != dash || value > limits.MaxAttachments)
            return false;

        count = (int)value;
        rest = rest[(dash + 1)..];
        return true;
    }

    private static string ReadNamespace(ref ReadOnlySpan<byte> rest)
    {
        if (rest.IsEmpty || rest[0] != (byte)'/')
            return "/";

        var comma = rest.IndexOf((byte)',');
        var name = comma < 0 ? rest : rest[..comma];
        rest = comma < 0 ? default : rest[(comma + 1)..];
        return name.Length == 1 ? "/" : Encoding.UTF8.GetString(name);
    }

    private static bool TryReadId(ref ReadOnlySpan<byte> rest, out ulong? id)
    {
        id = null;
        var digits = 0;
        while (digits < rest.Length && rest[digits] is >= (byte)'0' and <= (byte)'9')
            digits++;
        if (digits == 0)
            return true;
        if (!Utf8Parser.TryParse(rest[..digits], out ulong value, out var used) || used != digits)
            return false;

        id = value;
        rest = rest[digits..];
        return true;
    }
}
