using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace SocketIO.MessagePack;

/// <summary>
/// Reads MessagePack, and MessagePack as JSON, binary values as placeholders. Nothing is believed: sizes are checked against
/// what is there, text for UTF-8. What is nested deeper than the limit is passed over.
/// </summary>
internal ref struct MessagePackReader(ReadOnlySpan<byte> data, int maxDepth)
{
    private ReadOnlySpan<byte> _rest = data;

    public readonly bool AtEnd => _rest.IsEmpty;

    /// <summary>Whether something was nested too deep: there is a null in its place.</summary>
    public bool IsTooDeep { get; private set; }

    /// <summary>Whether an ordinary map has the form of a placeholder. Once it is JSON nothing tells it from a binary value's own.</summary>
    public bool HasPlaceholder { get; private set; }

    public bool TryReadMapHeader(out int count)
    {
        count = 0;
        return TryReadByte(out var type) && type switch
        {
            >= 0x80 and <= 0x8f => (count = type & 0x0f) >= 0,
            0xde => TryReadSize(2, 2, out count),
            0xdf => TryReadSize(4, 2, out count),
            _ => false,
        };
    }

    public bool TryReadString([NotNullWhen(true)] out string? text)
    {
        text = null;
        if (!TryReadByte(out var type) || !TryReadText(type, out var utf8))
            return false;
        text = Encoding.UTF8.GetString(utf8);
        return true;
    }

    public bool TryReadInteger(out long value)
    {
        value = 0;
        return TryReadByte(out var type) && TryReadInteger(type, out value);
    }

    /// <summary>Takes a nil, or what JavaScript's encoder writes for undefined, if that is next.</summary>
    public bool TrySkipNil()
    {
        if (_rest.StartsWith((ReadOnlySpan<byte>)[0xc0]))
            _rest = _rest[1..];
        else if (_rest.StartsWith((ReadOnlySpan<byte>)[0xd4, 0, 0]))
            _rest = _rest[3..];
        else
            return false;
        return true;
    }

    /// <summary>Reads one value as JSON.</summary>
    public bool TryReadAsJson(List<ReadOnlyMemory<byte>> attachments, out byte[] json)
    {
        var buffer = new ArrayBufferWriter<byte>(_rest.Length + 16);
        using var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = int.MaxValue });
        var read = TryConvert(writer, attachments, 1);
        writer.Flush();
        json = read ? buffer.WrittenSpan.ToArray() : [];
        return read;
    }

    private bool TryConvert(Utf8JsonWriter writer, List<ReadOnlyMemory<byte>> attachments, int depth)
    {
        if (depth > maxDepth)
        {
            IsTooDeep = true;
            writer.WriteNullValue();
            return TrySkip();
        }

        if (!TryReadByte(out var type))
            return false;

        switch (type)
        {
            case 0xc0:
                writer.WriteNullValue();
                return true;
            case 0xc2 or 0xc3:
                writer.WriteBooleanValue(type == 0xc3);
                return true;
            case >= 0x80 and <= 0x8f:
                return TryConvertMap(writer, attachments, type & 0x0f, depth);
            case 0xde or 0xdf:
                return TryReadSize(type == 0xde ? 2 : 4, 2, out var pairs) && TryConvertMap(writer, attachments, pairs, depth);
            case >= 0x90 and <= 0x9f:
                return TryConvertArray(writer, attachments, type & 0x0f, depth);
            case 0xdc or 0xdd:
                return TryReadSize(type == 0xdc ? 2 : 4, 1, out var elements) && TryConvertArray(writer, attachments, elements, depth);
            case 0xc4 or 0xc5 or 0xc6:
                return TryConvertBinary(writer, attachments, type);
            case 0xca or 0xcb:
                return TryConvertFloat(writer, isDouble: type == 0xcb);
            case 0xcf:
                if (_rest.Length < 8)
                    return false;
                writer.WriteNumberValue(BinaryPrimitives.ReadUInt64BigEndian(_rest));
                _rest = _rest[8..];
                return true;
            case >= 0xd4 and <= 0xd8 or 0xc7 or 0xc8 or 0xc9:
                return TryConvertExtension(writer, type);
            case (>= 0xa0 and <= 0xbf) or 0xd9 or 0xda or 0xdb:
                if (!TryReadText(type, out var text))
                    return false;
                writer.WriteStringValue(text);
                return true;
            default:
                if (!TryReadInteger(type, out var integer))
                    return false;
                writer.WriteNumberValue(integer);
                return true;
        }
    }

    /// <summary>Passes over one value, however deep: without recursion, in time that goes by its bytes.</summary>
    private bool TrySkip()
    {
        for (var values = 1L; values > 0; values--)
        {
            if (!TryReadByte(out var type))
                return false;

            var size = 0;
            var children = 0;
            var read = type switch
            {
                >= 0x80 and <= 0x8f => (children = 2 * (type & 0x0f)) >= 0,
                >= 0x90 and <= 0x9f => (children = type & 0x0f) >= 0,
                >= 0xa0 and <= 0xbf => (size = type & 0x1f) >= 0,
                0xc4 or 0xc5 or 0xc6 => TryReadSize(1 << (type - 0xc4), 1, out size),
                0xc7 or 0xc8 or 0xc9 => TryReadSize(1 << (type - 0xc7), 1, out size) && ++size > 0,
                0xca or 0xce or 0xd2 => (size = 4) > 0,
                0xcb or 0xcf or 0xd3 => (size = 8) > 0,
                0xcc or 0xd0 => (size = 1) > 0,
                0xcd or 0xd1 => (size = 2) > 0,
                >= 0xd4 and <= 0xd8 => (size = 1 + (1 << (type - 0xd4))) > 0,
                0xd9 or 0xda or 0xdb => TryReadSize(1 << (type - 0xd9), 1, out size),
                0xdc or 0xdd => TryReadSize(type == 0xdc ? 2 : 4, 1, out children),
                0xde or 0xdf => TryReadSize(type == 0xde ? 2 : 4, 2, out var pairs) && (children = 2 * pairs) >= 0,
                0xc1 => false,
                _ => true,
            };
            if (!read || size > _rest.Length)
                return false;
            _rest = _rest[size..];
            values += children;
        }

        return true;
    }

    private bool TryConvertMap(Utf8JsonWriter writer, List<ReadOnlyMemory<byte>> attachments, int count, int depth)
    {
        writer.WriteStartObject();
        for (var i = 0; i < count; i++)
        {
            if (!TryReadByte(out var type) || !TryReadText(type, out var name))
                return false;
            HasPlaceholder |= name.SequenceEqual("_placeholder"u8) && _rest is [0xc3, ..];
            writer.WritePropertyName(name);
            if (!TryConvert(writer, attachments, depth + 1))
                return false;
        }

        writer.WriteEndObject();
        return true;
    }

    private bool TryConvertArray(Utf8JsonWriter writer, List<ReadOnlyMemory<byte>> attachments, int count, int depth)
    {
        writer.WriteStartArray();
        for (var i = 0; i < count; i++)
        {
            if (!TryConvert(writer, attachments, depth + 1))
                return false;
        }

        writer.WriteEndArray();
        return true;
    }

    private bool TryConvertBinary(Utf8JsonWriter writer, List<ReadOnlyMemory<byte>> attachments, byte type)
    {
        if (!TryReadSize(1 << (type - 0xc4), 1, out var length))
            return false;

        writer.WriteStartObject();
        writer.WriteBoolean("_placeholder"u8, true);
        writer.WriteNumber("num"u8, attachments.Count);
        writer.WriteEndObject();
        attachments.Add(_rest[..length].ToArray());
        _rest = _rest[length..];
        return true;
    }

    private bool TryConvertFloat(Utf8JsonWriter writer, bool isDouble)
    {
        var size = isDouble ? 8 : 4;
        if (_rest.Length < size)
            return false;

        var value = isDouble ? BinaryPrimitives.ReadDoubleBigEndian(_rest) : BinaryPrimitives.ReadSingleBigEndian(_rest);
        _rest = _rest[size..];
        // As JSON.stringify does.
        if (double.IsFinite(value))
            writer.WriteNumberValue(value);
        else
            writer.WriteNullValue();
        return true;
    }

    /// <summary>JavaScript's encoder has two extensions, both of type 0: undefined, and a date in milliseconds. Others have no meaning here.</summary>
    private bool TryConvertExtension(Utf8JsonWriter writer, byte type)
    {
        var length = 1 << (type - 0xd4);
        if (type < 0xd4 && !TryReadSize(1 << (type - 0xc7), 1, out length))
            return false;
        if (!TryReadByte(out var kind) || _rest.Length < length || kind != 0)
            return false;

        var content = _rest[..length];
        _rest = _rest[length..];
        if (length == 1)
        {
            writer.WriteNullValue();
            return true;
        }

        if (length != 8)
            return false;
        var milliseconds = BinaryPrimitives.ReadInt64BigEndian(content);
        if (milliseconds is < -62_135_596_800_000 or > 253_402_300_799_999)
            return false;
        writer.WriteStringValue(DateTimeOffset.FromUnixTimeMilliseconds(milliseconds).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture));
        return true;
    }

    private bool TryReadText(byte type, out ReadOnlySpan<byte> utf8)
    {
        utf8 = default;
        int length;
        switch (type)
        {
            case >= 0xa0 and <= 0xbf:
                length = type & 0x1f;
                if (length > _rest.Length)
                    return false;
                break;
            case 0xd9 or 0xda or 0xdb:
                if (!TryReadSize(1 << (type - 0xd9), 1, out length))
                    return false;
                break;
            default:
                return false;
        }

        utf8 = _rest[..length];
        _rest = _rest[length..];
        return Utf8.IsValid(utf8);
    }

    private bool TryReadInteger(byte type, out long value)
    {
        value = 0;
        var size = type switch { <= 0x7f or >= 0xe0 => 0, 0xcc or 0xd0 => 1, 0xcd or 0xd1 => 2, 0xce or 0xd2 => 4, 0xcf or 0xd3 => 8, _ => -1 };
        if (size < 0 || _rest.Length < size)
            return false;

        value = type switch
        {
            <= 0x7f => type,
            >= 0xe0 => (sbyte)type,
            0xcc => _rest[0],
            0xd0 => (sbyte)_rest[0],
            0xcd => BinaryPrimitives.ReadUInt16BigEndian(_rest),
            0xd1 => BinaryPrimitives.ReadInt16BigEndian(_rest),
            0xce => BinaryPrimitives.ReadUInt32BigEndian(_rest),
            0xd2 => BinaryPrimitives.ReadInt32BigEndian(_rest),
            _ => BinaryPrimitives.ReadInt64BigEndian(_rest),
        };
        _rest = _rest[size..];
        return type != 0xcf || value >= 0;
    }

    /// <summary>Reads a size of so many bytes. What it announces must be there: at least so many bytes for each unit.</summary>
    private bool TryReadSize(int bytes, int unit, out int size)
    {
        size = 0;
        if (_rest.Length < bytes)
            return false;

        var value = bytes switch
        {
            1 => _rest[0],
            2 => BinaryPrimitives.ReadUInt16BigEndian(_rest),
            _ => BinaryPrimitives.ReadUInt32BigEndian(_rest),
        };
        _rest = _rest[bytes..];
        if (value * (long)unit > _rest.Length)
            return false;
        size = (int)value;
        return true;
    }

    private bool TryReadByte(out byte value)
    {
        value = _rest.IsEmpty ? (byte)0 : _rest[0];
        if (_rest.IsEmpty)
            return false;
        _rest = _rest[1..];
        return true;
    }
}
