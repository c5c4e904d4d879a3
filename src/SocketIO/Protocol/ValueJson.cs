using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace SocketIO.Protocol;

/// <summary>Values to JSON and back, with attachments, without reflection and without a writer per call.</summary>
internal static class ValueJson
{
    // The depth was checked, against the server's own limit, when the packet came.
    private static readonly JsonDocumentOptions AnyDepth = new() { MaxDepth = int.MaxValue };

    [ThreadStatic]
    private static Scratch? t_scratch;

    /// <summary>The values of an array.</summary>
    public static JsonElement[] Elements(ReadOnlySpan<byte> array, int skip) =>
        [.. JsonElement.Parse(array, AnyDepth).EnumerateArray().Skip(skip)];

    /// <summary>A value that owns its bytes.</summary>
    public static JsonElement Element(ReadOnlySpan<byte> json) => JsonElement.Parse(json, AnyDepth);

    /// <summary>The payload of a CONNECT of protocol 5.</summary>
    public static byte[] ConnectPayload(string sid, string? pid) => Build(writer =>
    {
        writer.WriteString("sid"u8, sid);
        if (pid is not null)
            writer.WriteString("pid"u8, pid);
    });

    /// <summary>The payload of a CONNECT_ERROR of protocol 5.</summary>
    public static byte[] ErrorPayload(string message, JsonElement? data) => Build(writer =>
    {
        writer.WriteString("message"u8, message);
        if (data is { } value)
        {
            writer.WritePropertyName("data"u8);
            value.WriteTo(writer);
        }
    });

    /// <summary>The answer to an event that no handler can be given.</summary>
    public static byte[] BadArgument(string message) => Build(writer =>
    {
        writer.WriteStartObject("error"u8);
        WriteBadArgument(writer, message);
        writer.WriteEndObject();
    });

    /// <summary>The data of a CONNECT_ERROR for an auth that no middleware can be given.</summary>
    public static JsonElement BadArgumentData(string message) => Element(Build(writer => WriteBadArgument(writer, message)));

    /// <summary>An object of strings.</summary>
    public static JsonElement FromStrings(IEnumerable<KeyValuePair<string, string>> values) => Element(Build(writer =>
    {
        foreach (var (key, value) in values)
            writer.WriteString(key, value);
    }));

    /// <summary>An object without some of its properties.</summary>
    public static JsonElement Without(JsonElement source, params string[] names) => Element(Build(writer =>
    {
        foreach (var property in source.EnumerateObject())
        {
            if (!names.Contains(property.Name))
                property.WriteTo(writer);
        }
    }));

    private static void WriteBadArgument(Utf8JsonWriter writer, string message)
    {
        writer.WriteString("code"u8, "bad_argument"u8);
        writer.WriteString("message"u8, message);
    }

    private static byte[] Build(Action<Utf8JsonWriter> writeProperties)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        writer.WriteStartObject();
        writeProperties(writer);
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Writes a value. The bytes are valid until the next call on this thread.</summary>
    public static ReadOnlySpan<byte> Write<T>(T value, JsonTypeInfo<T> type, ref List<ReadOnlyMemory<byte>>? attachments)
    {
        // Take the scratch out while it is in use: a converter that emits gets one of its own.
        var scratch = t_scratch ?? new Scratch();
        t_scratch = null;
        scratch.Buffer.ResetWrittenCount();
        scratch.Writer.Reset(scratch.Buffer);
        var outer = AttachmentScope.Writing;
        var collected = AttachmentScope.Writing = attachments ?? scratch.Attachments;
        try
        {
            JsonSerializer.Serialize(scratch.Writer, value, type);
            scratch.Writer.Flush();
        }
        finally
        {
            AttachmentScope.Writing = outer;
        }

        if (collected.Count > 0 && attachments is null)
        {
            attachments = collected;
            scratch.Attachments = [];
        }

        if (scratch.Buffer.Capacity <= 64 * 1024)
            t_scratch = scratch;
        return scratch.Buffer.WrittenSpan;
    }

    /// <summary>Reads the first of comma-separated values; there must be one.</summary>
    public static T? ReadFirst<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type, IReadOnlyList<ReadOnlyMemory<byte>> attachments)
    {
        if (json.IsEmpty)
            throw new JsonException("The argument is missing.");
        var outer = AttachmentScope.Reading;
        AttachmentScope.Reading = attachments;
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = int.MaxValue });
            return JsonSerializer.Deserialize(ref reader, type);
        }
        finally
        {
            AttachmentScope.Reading = outer;
        }
    }

    public static T? Read<T>(JsonElement json, JsonTypeInfo<T> type, IReadOnlyList<ReadOnlyMemory<byte>> attachments)
    {
        var outer = AttachmentScope.Reading;
        AttachmentScope.Reading = attachments;
        try
        {
            return json.Deserialize(type);
        }
        finally
        {
            AttachmentScope.Reading = outer;
        }
    }

    private sealed class Scratch
    {
        public ArrayBufferWriter<byte> Buffer { get; } = new(512);

        public Utf8JsonWriter Writer { get; }

        public List<ReadOnlyMemory<byte>> Attachments { get; set; } = [];

        public Scratch() => Writer = new Utf8JsonWriter(Buffer, new JsonWriterOptions
        {
            // The payload is a packet of its own, never part of a page.
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            SkipValidation = true,
        });
    }
}
