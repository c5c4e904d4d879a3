using System.Buffers;
using System.Buffers.Text;
using System.Globalization;

namespace EngineIO.Protocol;

/// <summary>Writes the packets of one polling response body.</summary>
internal static class PayloadWriter
{
    private const byte Separator = 0x1e;

    /// <summary>Whether this batch makes a revision-3 body binary: it holds a binary packet and the client takes them raw.</summary>
    public static bool IsBinary(IReadOnlyList<Packet> packets, bool base64)
    {
        if (base64)
            return false;
        for (var i = 0; i < packets.Count; i++)
        {
            if (packets[i].IsBinary)
                return true;
        }

        return false;
    }

    public static void Write(IBufferWriter<byte> output, IReadOnlyList<Packet> packets, PayloadForm form)
    {
        for (var i = 0; i < packets.Count; i++)
        {
            switch (form)
            {
                case PayloadForm.Revision4:
                    if (i > 0)
                        output.Write([Separator]);
                    if (packets[i].IsBinary)
                        WriteBase64(output, "b"u8, packets[i].Payload);
                    else
                        output.Write(packets[i].Payload);
                    break;
                case PayloadForm.Revision3Text:
                    WriteCounted(output, packets[i]);
                    break;
                default:
                    WriteBinary(output, packets[i]);
                    break;
            }
        }
    }

    /// <summary>Writes a prefix and the base64 of the data.</summary>
    public static void WriteBase64(IBufferWriter<byte> output, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> data)
    {
        var length = prefix.Length + Base64.GetMaxEncodedToUtf8Length(data.Length);
        var span = output.GetSpan(length);
        prefix.CopyTo(span);
        Base64.EncodeToUtf8(data, span[prefix.Length..], out _, out _);
        output.Advance(length);
    }

    private static void WriteCounted(IBufferWriter<byte> output, Packet packet)
    {
        if (packet.IsBinary)
        {
            WriteNumber(output, 2 + Base64.GetMaxEncodedToUtf8Length(packet.Payload.Length));
            output.Write(":"u8);
            WriteBase64(output, "b4"u8, packet.Payload);
            return;
        }

        WriteNumber(output, Utf16Length.Of(packet.Payload));
        output.Write(":"u8);
        output.Write(packet.Payload);
    }

    private static void WriteBinary(IBufferWriter<byte> output, Packet packet)
    {
        var length = packet.Payload.Length + (packet.IsBinary ? 1 : 0);
        Span<byte> head = stackalloc byte[14];
        head[0] = packet.IsBinary ? (byte)1 : (byte)0;
        length.TryFormat(head[1..], out var digits, default, CultureInfo.InvariantCulture);
        for (var i = 1; i <= digits; i++)
            head[i] -= (byte)'0';

        head[digits + 1] = 0xff;
        var size = digits + 2;
        if (packet.IsBinary)
            head[size++] = (byte)PacketType.Message;

        output.Write(head[..size]);
        output.Write(packet.Payload);
    }

    private static void WriteNumber(IBufferWriter<byte> output, int value)
    {
        var span = output.GetSpan(10);
        value.TryFormat(span, out var written, default, CultureInfo.InvariantCulture);
        output.Advance(written);
    }
}
