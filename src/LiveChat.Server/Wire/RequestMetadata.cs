using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LiveChat.Server.Wire;

/// <summary>Metadata as a caller sends it: any JSON, of which only an object will do.</summary>
/// <param name="Text">The object without the white space between its tokens, each as it was written; null when it is no object.</param>
/// <param name="IsStorable">Whether no string in it has a NUL character or half a surrogate pair.</param>
[JsonConverter(typeof(RequestMetadataConverter))]
internal sealed record RequestMetadata(string? Text, bool IsStorable);

/// <summary>Goes over the tokens once, which makes no document of what is only passed on.</summary>
internal sealed class RequestMetadataConverter : JsonConverter<RequestMetadata>
{
    private const int MostKept = 4096;

    // A message's metadata is small: its buffer goes from use to use.
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _compact;

    public override RequestMetadata Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType is not JsonTokenType.StartObject)
        {
            reader.Skip();
            return new RequestMetadata(null, IsStorable: true);
        }

        var compact = _compact ?? new ArrayBufferWriter<byte>(256);
        _compact = null;
        compact.ResetWrittenCount();
        var isStorable = true;
        var isFirst = true;
        var outermost = reader.CurrentDepth;
        do
        {
            var isEnd = reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray;
            if (!isFirst && !isEnd)
                compact.Write(","u8);

            Copy(ref reader, compact);
            isFirst = reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray or JsonTokenType.PropertyName;
            if (reader.ValueIsEscaped)
                isStorable &= HoldsText(ref reader);
            if (isEnd && reader.CurrentDepth == outermost)
                break;
        }
        while (reader.Read());

        if (compact.Capacity <= MostKept)
            _compact = compact;
        return new RequestMetadata(Encoding.UTF8.GetString(compact.WrittenSpan), isStorable);
    }

    public override void Write(Utf8JsonWriter writer, RequestMetadata value, JsonSerializerOptions options) =>
        throw new NotSupportedException("Requests are read, never written.");

    private static void Copy(ref Utf8JsonReader reader, ArrayBufferWriter<byte> compact)
    {
        var token = reader.HasValueSequence ? reader.ValueSequence.ToArray() : reader.ValueSpan;
        switch (reader.TokenType)
        {
            case JsonTokenType.PropertyName:
                Quote(token);
                compact.Write(":"u8);
                break;
            case JsonTokenType.String:
                Quote(token);
                break;
            default:
                compact.Write(token);
                break;
        }

        void Quote(ReadOnlySpan<byte> text)
        {
            compact.Write("\""u8);
            compact.Write(text);
            compact.Write("\""u8);
        }
    }

    private static bool HoldsText(ref Utf8JsonReader reader)
    {
        try
        {
            return !reader.GetString()!.Contains('\0', StringComparison.Ordinal);
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
