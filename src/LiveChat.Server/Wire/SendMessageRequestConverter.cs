using System.Text.Json;
using System.Text.Json.Serialization;

namespace LiveChat.Server.Wire;

/// <summary>
/// Reads a message by hand: of all requests it is made most, and for one that is built by its constructor the generated code gathers
/// the arguments in boxes first. What is wrong with a field it says as the serializer does, by the field's path.
/// </summary>
internal sealed class SendMessageRequestConverter : JsonConverter<SendMessageRequest>
{
    private static readonly RequestMetadataConverter Metadata = new();

    public override SendMessageRequest Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType is not JsonTokenType.StartObject)
            throw new JsonException();

        string? content = null, clientMessageId = null, conversationId = null, agentId = null;
        RequestMetadata? metadata = null;
        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("content"u8))
                content = ReadText(ref reader, "$.content");
            else if (reader.ValueTextEquals("metadata"u8))
                metadata = ReadMetadata(ref reader, options);
            else if (reader.ValueTextEquals("clientMessageId"u8))
                clientMessageId = ReadText(ref reader, "$.clientMessageId");
            else if (reader.ValueTextEquals("conversationId"u8))
                conversationId = ReadText(ref reader, "$.conversationId");
            else if (reader.ValueTextEquals("agentId"u8))
                agentId = ReadText(ref reader, "$.agentId");
            else
                Ignore(ref reader);
        }

        return new SendMessageRequest(content, metadata, clientMessageId, conversationId, agentId);
    }

    public override void Write(Utf8JsonWriter writer, SendMessageRequest value, JsonSerializerOptions options) =>
        throw new NotSupportedException("Requests are read, never written.");

    private static void Ignore(ref Utf8JsonReader reader)
    {
        // A name that is not text is refused, whatever it would name.
        if (reader.ValueIsEscaped)
            _ = reader.GetString();
        reader.Skip();
    }

    private static string? ReadText(ref Utf8JsonReader reader, string path)
    {
        reader.Read();
        try
        {
            return reader.GetString();
        }
        catch (InvalidOperationException exception)
        {
            // Not a string, or one that is not text.
            throw new JsonException(message: null, path, lineNumber: null, bytePositionInLine: null, exception);
        }
    }

    private static RequestMetadata? ReadMetadata(ref Utf8JsonReader reader, JsonSerializerOptions options)
    {
        reader.Read();
        return reader.TokenType is JsonTokenType.Null ? null : Metadata.Read(ref reader, typeof(RequestMetadata), options);
    }
}
