using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LiveChat.Server.Wire;

/// <summary>A sequence that a caller names: a whole number. One that is larger than any there can be is the largest.</summary>
internal sealed class SequenceConverter : JsonConverter<long?>
{
    private static readonly SearchValues<byte> Digits = SearchValues.Create("0123456789"u8);

    public override long? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType is JsonTokenType.Null)
            return null;
        if (reader.TokenType is not JsonTokenType.Number)
            throw new JsonException();
        if (reader.TryGetInt64(out var sequence))
            return sequence;

        var isWhole = !reader.HasValueSequence && !reader.ValueSpan.ContainsAnyExcept(Digits);
        return isWhole ? long.MaxValue : throw new JsonException();
    }

    public override void Write(Utf8JsonWriter writer, long? value, JsonSerializerOptions options) => throw new NotSupportedException();
}
