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
    private readonly Utf8JsonWriter _writer;

    private JsonBuffer() =>
        _writer = new Utf8JsonWriter(_bytes, new JsonWriterOptions { Encoder = Json.Wire.Options.Encoder, SkipValidation = true });

    /// <summary>Until it is disposed of, after which another use overwrites them.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes.WrittenMemory;

    /// <summary>What is written meanwhile, on this thread or another, goes into another buffer.</summary>
    public static JsonBuffer Write<T>(T value, JsonTypeInfo<T> type)
    {
        var buffer = _kept ?? new JsonBuffer();
        _kept = null;
        buffer._bytes.ResetWrittenCount();
        buffer._writer.Reset();
        JsonSerializer.Serialize(buffer._writer, value, type);
        return buffer;
    }

    public void Dispose()
    {
        if (_bytes.Capacity <= MostKept)
            _kept = this;
        else
            _writer.Dispose();
    }
}
