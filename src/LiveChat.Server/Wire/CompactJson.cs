using System.Text.Json;
using System.Text.Json.Serialization;

namespace LiveChat.Server.Wire;

/// <summary>Text that is JSON already: metadata, which was checked and made compact when it came in.</summary>
internal sealed class CompactJson : JsonConverter<string>
{
    public override bool HandleNull => true;

    public static void WriteOrNull(Utf8JsonWriter writer, string? json)
    {
        if (json is null)
            writer.WriteNullValue();
        else
            writer.WriteRawValue(json, skipInputValidation: true);
    }

    public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("It is written, never read.");

    public override void Write(Utf8JsonWriter writer, string? value, JsonSerializerOptions options) => WriteOrNull(writer, value);
}
