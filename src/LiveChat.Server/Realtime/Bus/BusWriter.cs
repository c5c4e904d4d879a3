using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace LiveChat.Server.Realtime.Bus;

/// <summary>Writes the fields of an item one after the other. Used by one thread.</summary>
internal sealed class BusWriter
{
    private readonly ArrayBufferWriter<byte> _bytes = new(512);

    /// <summary>What was written since the last call.</summary>
    public byte[] Take()
    {
        var taken = _bytes.WrittenSpan.ToArray();
        _bytes.ResetWrittenCount();
        return taken;
    }

    public void Byte(byte value)
    {
        _bytes.GetSpan(1)[0] = value;
        _bytes.Advance(1);
    }

    public void Flag(bool value) => Byte(value ? (byte)1 : (byte)0);

    /// <summary>Seven bits in each byte, the low ones first. Small numbers, of which there are the most, take one.</summary>
    public void Number(long value) => _bytes.Advance(BusCodec.WriteNumber(_bytes.GetSpan(BusCodec.MaxNumberSize), value));

    public void Id(Guid value)
    {
        value.TryWriteBytes(_bytes.GetSpan(16));
        _bytes.Advance(16);
    }

    public void OptionalId(Guid? value)
    {
        Flag(value is not null);
        if (value is { } id)
            Id(id);
    }

    public void Time(DateTimeOffset value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_bytes.GetSpan(8), value.UtcTicks);
        _bytes.Advance(8);
    }

    public void OptionalTime(DateTimeOffset? value)
    {
        Flag(value is not null);
        if (value is { } time)
            Time(time);
    }

    /// <summary>Its length in UTF-8 and one, or 0 for null; then the text.</summary>
    public void Text(string? value)
    {
        if (value is null)
        {
            Number(0);
            return;
        }

        Number(Encoding.UTF8.GetByteCount(value) + 1L);
        Encoding.UTF8.GetBytes(value, _bytes);
    }

    /// <summary>A value within a value: with its length before it, so that it may grow fields that others pass over.</summary>
    public void Nested(ReadOnlySpan<byte> value)
    {
        Number(value.Length);
        _bytes.Write(value);
    }
}
