using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace LiveChat.Server;

/// <summary>
/// JSON in a buffer that each thread keeps, for bytes that are copied on at once: a message is written twice each time, and an array
/// of its own for each would be much of all that is allocated.
/// </summary>
internal static class JsonBuffer
{
    private const int MostKept = 64 * 1024;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _bytes;

    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    /// <summary>The bytes are overwritten by this thread's next call, so they must not be kept, nor awaited with.</summary>
    public static ReadOnlyMemory<byte> Write<T>(T value, JsonTypeInfo<T> type)
    {
        var bytes = _bytes ??= new ArrayBufferWriter<byte>(1024);
        bytes.ResetWrittenCount();
        var writer = _writer ??= new Utf8JsonWriter(bytes, new JsonWriterOptions { Encoder = Json.Wire.Options.Encoder, SkipValidation = true });
        writer.Reset(bytes);
        JsonSerializer.Serialize(writer, value, type);
        if (bytes.Capacity > MostKept)
            _bytes = null;
        return bytes.WrittenMemory;
    }
}
