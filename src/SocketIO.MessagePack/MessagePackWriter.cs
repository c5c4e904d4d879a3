using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;

namespace SocketIO.MessagePack;

/// <summary>Writes MessagePack, and JSON as MessagePack, placeholders as the binary values that they stand for.</summary>
internal sealed class MessagePackWriter(int capacity)
{
    private readonly ArrayBufferWriter<byte> _output = new(capacity);

    public ReadOnlySpan<byte> Written => _output.WrittenSpan;

    public void WriteMapHeader(int count) => WriteCount(count, 0x80, 15, 0xde);

    public void WriteArrayHeader(int count) => WriteCount(count, 0x90, 15, 0xdc);

    public void WriteString(ReadOnlySpan<byte> utf8)
    {
        switch (utf8.Length)
        {
            case < 32:
                Write((byte)(0xa0 | utf8.Length));
                break;
            case <= byte.MaxValue:
                Write(0xd9);
                Write((byte)utf8.Length);
                break;
            case <= ushort.MaxValue:
                Write16(0xda, (ushort)utf8.Length);
                break;
            default:
                Write32(0xdb, (uint)utf8.Length);
                break;
        }

        _output.Write(utf8);
    }

    public void WriteBinary(ReadOnlySpan<byte> data)
    {
        switch (data.Length)
        {
            case <= byte.MaxValue:
                Write(0xc4);
                Write((byte)data.Length);
                break;
            case <= ushort.MaxValue:
                Write16(0xc5, (ushort)data.Length);
                break;
            default:
                Write32(0xc6, (uint)data.Length);
                break;
        }

        _output.Write(data);
    }

    public void WriteInteger(ulong value)
    {
        switch (value)
        {
            case < 128:
                Write((byte)value);
                break;
            case <= byte.MaxValue:
                Write(0xcc);
                Write((byte)value);
                break;
            case <= ushort.MaxValue:
                Write16(0xcd, (ushort)value);
                break;
            case <= uint.MaxValue:
                Write32(0xce, (uint)value);
                break;
            default:
                Write64(0xcf, value);
                break;
        }
    }

    public void WriteInteger(long value)
    {
        switch (value)
        {
            case >= 0:
                WriteInteger((ulong)value);
                break;
            case >= -32:
                Write((byte)(sbyte)value);
                break;
            case >= sbyte.MinValue:
                Write(0xd0);
                Write((byte)(sbyte)value);
                break;
            case >= short.MinValue:
                Write16(0xd1, (ushort)(short)value);
                break;
            case >= int.MinValue:
                Write32(0xd2, (uint)(int)value);
                break;
            default:
                Write64(0xd3, (ulong)value);
                break;
        }
    }

    public void WriteDouble(double value) => Write64(0xcb, BitConverter.DoubleToUInt64Bits(value));

    /// <summary>Writes one JSON value. MessagePack puts sizes first, so the containers are counted in a pass before.</summary>
    public void WriteJson(ReadOnlySpan<byte> json, IReadOnlyList<ReadOnlyMemory<byte>> attachments)
    {
        var counts = Count(json, attachments);
        var next = 0;
        var reader = NewReader(json);
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject when AttachmentAt(reader, attachments.Count) is { } number:
                    WriteBinary(attachments[number].Span);
                    reader.Skip();
                    break;
                case JsonTokenType.StartObject:
                    WriteMapHeader(counts[next++]);
                    break;
                case JsonTokenType.StartArray:
                    WriteArrayHeader(counts[next++]);
                    break;
                case JsonTokenType.PropertyName or JsonTokenType.String:
                    WriteText(reader);
                    break;
                case JsonTokenType.Number:
                    WriteNumber(reader);
                    break;
                case JsonTokenType.True:
                    Write(0xc3);
                    break;
                case JsonTokenType.False:
                    Write(0xc2);
                    break;
                case JsonTokenType.Null:
                    Write(0xc0);
                    break;
            }
        }
    }

    private static Utf8JsonReader NewReader(ReadOnlySpan<byte> json) => new(json, new JsonReaderOptions { MaxDepth = int.MaxValue });

    /// <summary>The number of elements or pairs of each container, in the order of their beginnings.</summary>
    private static List<int> Count(ReadOnlySpan<byte> json, IReadOnlyList<ReadOnlyMemory<byte>> attachments)
    {
        var counts = new List<int>();
        var open = new Stack<(int Index, bool IsObject)>();
        var reader = NewReader(json);
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.EndArray or JsonTokenType.EndObject)
            {
                open.Pop();
                continue;
            }

            // In an object each pair counts once, by its name.
            if (open.TryPeek(out var parent) && (!parent.IsObject || reader.TokenType == JsonTokenType.PropertyName))
                counts[parent.Index]++;
            if (reader.TokenType == JsonTokenType.StartObject && AttachmentAt(reader, attachments.Count) is not null)
            {
                reader.Skip();
            }
            else if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
            {
                open.Push((counts.Count, reader.TokenType == JsonTokenType.StartObject));
                counts.Add(0);
            }
        }

        return counts;
    }

    private static int? AttachmentAt(Utf8JsonReader reader, int attachments)
    {
        if (attachments == 0)
            return null;

        var isPlaceholder = false;
        var number = -1;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var marks = reader.ValueTextEquals("_placeholder"u8);
            var numbers = reader.ValueTextEquals("num"u8);
            reader.Read();
            if (marks)
                isPlaceholder = reader.TokenType == JsonTokenType.True;
            else if (numbers)
                number = reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var value) ? value : -1;
            reader.Skip();
        }

        return isPlaceholder && number >= 0 && number < attachments ? number : null;
    }

    private void WriteText(in Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
        {
            WriteString(reader.ValueSpan);
            return;
        }

        var text = ArrayPool<byte>.Shared.Rent(reader.ValueSpan.Length);
        WriteString(text.AsSpan(0, reader.CopyString(text)));
        ArrayPool<byte>.Shared.Return(text);
    }

    private void WriteNumber(in Utf8JsonReader reader)
    {
        if (reader.TryGetInt64(out var integer))
            WriteInteger(integer);
        else if (reader.TryGetUInt64(out var large))
            WriteInteger(large);
        else
            WriteDouble(reader.GetDouble());
    }

    private void WriteCount(int count, byte small, int smallest, byte large)
    {
        if (count <= smallest)
            Write((byte)(small | count));
        else if (count <= ushort.MaxValue)
            Write16(large, (ushort)count);
        else
            Write32((byte)(large + 1), (uint)count);
    }

    private void Write(byte value) => _output.Write([value]);

    private void Write16(byte type, ushort value)
    {
        var span = _output.GetSpan(3);
        span[0] = type;
        BinaryPrimitives.WriteUInt16BigEndian(span[1..], value);
        _output.Advance(3);
    }

    private void Write32(byte type, uint value)
    {
        var span = _output.GetSpan(5);
        span[0] = type;
        BinaryPrimitives.WriteUInt32BigEndian(span[1..], value);
        _output.Advance(5);
    }

    private void Write64(byte type, ulong value)
    {
        var span = _output.GetSpan(9);
        span[0] = type;
        BinaryPrimitives.WriteUInt64BigEndian(span[1..], value);
        _output.Advance(9);
    }
}
