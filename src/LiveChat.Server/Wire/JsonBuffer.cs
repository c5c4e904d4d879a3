using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace LiveChat.Server.Wire;

/// <summary>
/// JSON in a buffer that goes from use to use, one kept for each thread: a message is written twice each time, and an array of its own for
/// each would be much of all that is allocated.
/// </summary>
internal sealed class JsonBuffer : IDisposable
{
    private const int MostKept = 64 * 1024;

    [ThreadStatic]
    private static JsonBuffer? _kept;

    private readonly ArrayBufferWriter<byte> _bytes = new(1024);

    private JsonBuffer() =>
        Writer = new Utf8JsonWriter(_bytes, new JsonWriterOptions { Encoder = Json.Wire.Options.Encoder, SkipValidation = true });

    public Utf8JsonWriter Writer { get; }

    /// <summary>How much is in it, with what the writer still holds.</summary>
    public int Length => _bytes.WrittenCount + Writer.BytesPending;

    /// <summary>What the writer has flushed; until the buffer is disposed of, after which another use overwrites it.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes.WrittenMemory;

    /// <summary>What is written meanwhile, on this thread or another, goes into another buffer.</summary>
    public static JsonBuffer Take()
    {
        var buffer = _kept ?? new JsonBuffer();
        _kept = null;
        buffer._bytes.ResetWrittenCount();
        buffer.Writer.Reset();
        return buffer;
    }

    public static JsonBuffer Write<T>(T value, JsonTypeInfo<T> type)
    {
        var buffer = Take();
        JsonSerializer.Serialize(buffer.Writer, value, type);
        return buffer;
    }

    /// <summary>Makes room for the next part of the same JSON, once the flushed one is on its way.</summary>
    public void NextPart() => _bytes.ResetWrittenCount();

    public void Dispose()
    {
        if (_bytes.Capacity <= MostKept)
            _kept = this;
        else
            Writer.Dispose();
    }
}
