using System.Text.Json;
using System.Text.Json.Serialization;
using SocketIO.Protocol;

namespace SocketIO;

/// <summary>
/// Binary data anywhere in an event's arguments: as an argument of its own or as a property of a DTO. Towards clients it
/// becomes an attachment, which JavaScript sees as a Buffer or ArrayBuffer. Read, it comes from an attachment, or from
/// a base64 string. Outside of Socket.IO packets it is written as a base64 string.
/// </summary>
/// <param name="Data">The bytes.</param>
[JsonConverter(typeof(BinaryConverter))]
public readonly record struct Binary(ReadOnlyMemory<byte> Data)
{
    /// <summary>Wraps an array, without a copy.</summary>
    public static implicit operator Binary(byte[] data) => new(data);

    /// <summary>Wraps an array, without a copy.</summary>
    public static Binary FromArray(byte[] data) => new(data);
}

/// <summary>
/// The converter of <see cref="Binary"/>, which names it itself: it is public only so that source-generated contexts of
/// applications can make it. Writes placeholders and reads them, with the attachments of the packet that is being converted on
/// this thread.
/// </summary>
public sealed class BinaryConverter : JsonConverter<Binary>
{
    /// <inheritdoc/>
    public override Binary Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String)
            return new Binary(reader.GetBytesFromBase64());
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("Expected an attachment or a base64 string.");

        var (isPlaceholder, number) = PacketJson.ReadPlaceholder(ref reader);
        var attachments = AttachmentScope.Reading;
        if (!isPlaceholder || attachments is null || number < 0 || number >= attachments.Count)
            throw new JsonException("Expected an attachment.");
        return new Binary(attachments[number]);
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Binary value, JsonSerializerOptions options)
    {
        if (AttachmentScope.Writing is not { } attachments)
        {
            writer.WriteBase64StringValue(value.Data.Span);
            return;
        }

        writer.WriteStartObject();
        writer.WriteBoolean("_placeholder"u8, true);
        writer.WriteNumber("num"u8, attachments.Count);
        writer.WriteEndObject();
        attachments.Add(value.Data);
    }
}
