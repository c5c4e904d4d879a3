using System.Buffers.Binary;
using System.Text;

namespace LiveChat.Server.Realtime.Bus;

/// <summary>Reads the fields of an item one after the other. What is no such field throws <see cref="FormatException"/>.</summary>
internal ref struct BusReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>Whether an older writer ended here: fields that came later are then what they are by default.</summary>
    public readonly bool IsAtEnd => _rest.IsEmpty;

    /// <summary>How many bytes are left.</summary>
    public readonly int Left => _rest.Length;

    public byte Byte() => Take(1)[0];

    public bool Flag() => Byte() switch
    {
        0 => false,
        1 => true,
        _ => throw new FormatException("Neither yes nor no."),
    };

    public long Number()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var part = Byte();
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80)
                return value <= long.MaxValue ? (long)value : throw new FormatException("A number is too large.");
        }

        throw new FormatException("A number is too long.");
    }

    public int SmallNumber() => Number() is var value and <= int.MaxValue ? (int)value : throw new FormatException("A number is too large.");

    public Guid Id() => new(Take(16));

    public Guid? OptionalId() => Flag() ? Id() : null;

    public DateTimeOffset Time() =>
        BinaryPrimitives.ReadInt64LittleEndian(Take(8)) is var ticks && ticks >= 0 && ticks <= DateTimeOffset.MaxValue.UtcTicks
            ? new DateTimeOffset(ticks, TimeSpan.Zero)
            : throw new FormatException("A time is none.");

    public DateTimeOffset? OptionalTime() => Flag() ? Time() : null;

    public string? OptionalText() => SmallNumber() is var length and > 0 ? Encoding.UTF8.GetString(Take(length - 1)) : null;

    public string Text() => OptionalText() ?? throw new FormatException("A text is missing.");

    public ReadOnlySpan<byte> Nested() => Take(SmallNumber());

    /// <summary>A value of an enum whose values are counted from 0. A newer server may know more of them.</summary>
    /// <exception cref="UnknownValueException">It is none that this version knows.</exception>
    public T Value<T>()
        where T : struct, Enum
    {
        var value = (T)Enum.ToObject(typeof(T), Byte());
        return Enum.IsDefined(value) ? value : throw new UnknownValueException();
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length)
            throw new FormatException("It ends too soon.");

        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}

/// <summary>An item is of a kind, or has a value, that a newer version made.</summary>
internal sealed class UnknownValueException : Exception;
