using System.Text.Json;
using System.Text.Json.Serialization;

namespace LiveChat.Server.Wire;

/// <summary>
/// A message on every wire. Written by hand: it is written for its sender and for the sockets each time, and the generated code leaves
/// its fast path where converters and an encoder of our own are set.
/// </summary>
internal sealed class MessageConverter : JsonConverter<Message>
{
    private static readonly JsonEncodedText Id = JsonEncodedText.Encode("id");
    private static readonly JsonEncodedText ConversationId = JsonEncodedText.Encode("conversationId");
    private static readonly JsonEncodedText Sequence = JsonEncodedText.Encode("sequence");
    private static readonly JsonEncodedText Kind = JsonEncodedText.Encode("type");
    private static readonly JsonEncodedText Sender = JsonEncodedText.Encode("sender");
    private static readonly JsonEncodedText DisplayName = JsonEncodedText.Encode("displayName");
    private static readonly JsonEncodedText Content = JsonEncodedText.Encode("content");
    private static readonly JsonEncodedText Metadata = JsonEncodedText.Encode("metadata");
    private static readonly JsonEncodedText ClientMessageId = JsonEncodedText.Encode("clientMessageId");
    private static readonly JsonEncodedText Timestamp = JsonEncodedText.Encode("timestamp");

    public override Message Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Messages are written, never read.");

    public override void Write(Utf8JsonWriter writer, Message value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteString(Id, value.Id);
        writer.WriteString(ConversationId, value.ConversationId);
        writer.WriteNumber(Sequence, value.Sequence);
        writer.WriteString(Kind, value.Sender.Type is ParticipantType.System ? "SYSTEM" : "TEXT");
        writer.WriteStartObject(Sender);
        writer.WriteString(Id, value.Sender.Id);
        writer.WriteString(Kind, Words.Of(value.Sender.Type));
        writer.WriteString(DisplayName, value.Sender.DisplayName);
        writer.WriteEndObject();
        writer.WriteString(Content, value.Content);
        writer.WritePropertyName(Metadata);
        CompactJson.WriteOrNull(writer, value.Metadata);
        writer.WriteString(ClientMessageId, value.ClientMessageId);
        Span<byte> timestamp = stackalloc byte[UtcMilliseconds.Length];
        UtcMilliseconds.Format(value.Timestamp, timestamp);
        writer.WriteString(Timestamp, timestamp);
        writer.WriteEndObject();
    }
}
