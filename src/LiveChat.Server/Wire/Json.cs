using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LiveChat.Server.Wire;

/// <summary>
/// The JSON of every wire: camelCase, enums in UPPER_CASE, times in UTC with milliseconds, absent values null. Requests may be
/// <see cref="MaxDepth"/> levels deep.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    MaxDepth = MaxDepth,
    Converters = [
        typeof(UpperCase<ConversationStatus>),
        typeof(UpperCase<ParticipantType>),
        typeof(UtcMilliseconds),
        typeof(MessageConverter),
    ])]
[JsonSerializable(typeof(StartSessionRequest))]
[JsonSerializable(typeof(SendMessageRequest))]
[JsonSerializable(typeof(CloseRequest))]
[JsonSerializable(typeof(ReadRequest))]
[JsonSerializable(typeof(TypingRequest))]
[JsonSerializable(typeof(AgentSessionRequest))]
[JsonSerializable(typeof(AcceptRequest))]
[JsonSerializable(typeof(SeedRequest))]
[JsonSerializable(typeof(StartSessionResponse))]
[JsonSerializable(typeof(Agent))]
[JsonSerializable(typeof(SeedResponse))]
[JsonSerializable(typeof(Erasure))]
[JsonSerializable(typeof(ConversationBody))]
[JsonSerializable(typeof(ListedConversationBody))]
[JsonSerializable(typeof(Message))]
[JsonSerializable(typeof(QueueEntryBody))]
[JsonSerializable(typeof(IReadOnlyList<QueueEntryBody>))]
[JsonSerializable(typeof(LogEntryBody))]
[JsonSerializable(typeof(IReadOnlyList<LogEntryBody>))]
[JsonSerializable(typeof(ChatMessageBody))]
[JsonSerializable(typeof(SystemEventBody))]
[JsonSerializable(typeof(ChatTypingBody))]
[JsonSerializable(typeof(ChatReadBody))]
[JsonSerializable(typeof(ProblemBody))]
[JsonSerializable(typeof(HealthBody))]
[JsonSerializable(typeof(InfoBody))]
[JsonSerializable(typeof(SupportConversationBody))]
[JsonSerializable(typeof(SupportEventBody))]
[JsonSerializable(typeof(SupportSocketBody))]
[JsonSerializable(typeof(SupportStoreBody))]
[JsonSerializable(typeof(SupportRedisBody))]
[JsonSerializable(typeof(SupportServerBody))]
[JsonSerializable(typeof(LoggersBody))]
[JsonSerializable(typeof(LoggerBody))]
[JsonSerializable(typeof(LoggerLevelRequest))]
[JsonSerializable(typeof(SocketErrorBody))]
[JsonSerializable(typeof(MessageAck))]
[JsonSerializable(typeof(ConversationAck))]
[JsonSerializable(typeof(DoneAck))]
[JsonSerializable(typeof(ErrorAck))]
[JsonSerializable(typeof(AuthRefreshRequest))]
[JsonSerializable(typeof(AuthRefreshAck))]
internal sealed partial class Json : JsonSerializerContext
{
    public const int MaxDepth = 32;

    /// <summary>Text in any script goes out as itself; the bodies are never embedded in HTML.</summary>
    public static Json Wire => Lazy.Wire;

    // Apart, because it needs the generated Default to be there first.
    private static class Lazy
    {
        public static readonly Json Wire = new(new JsonSerializerOptions(Default.Options)
        {
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        });
    }
}

internal sealed class UpperCase<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseUpper, allowIntegerValues: false)
    where T : struct, Enum;

/// <summary><c>2025-11-13T11:36:03.351Z</c>, RFC 3339.</summary>
internal sealed class UtcMilliseconds : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetDateTimeOffset();

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options)
    {
        Span<byte> text = stackalloc byte[Length];
        Format(value, text);
        writer.WriteStringValue(text);
    }

    public const int Length = 24;

    /// <summary>By hand: a format string costs more than the message around it.</summary>
    public static void Format(DateTimeOffset value, Span<byte> text)
    {
        var utc = value.UtcDateTime;
        Digits(text[..4], utc.Year);
        Digits(text[5..7], utc.Month);
        Digits(text[8..10], utc.Day);
        Digits(text[11..13], utc.Hour);
        Digits(text[14..16], utc.Minute);
        Digits(text[17..19], utc.Second);
        Digits(text[20..23], utc.Millisecond);
        text[4] = text[7] = (byte)'-';
        text[10] = (byte)'T';
        text[13] = text[16] = (byte)':';
        text[19] = (byte)'.';
        text[23] = (byte)'Z';

        static void Digits(Span<byte> to, int number)
        {
            for (var i = to.Length - 1; i >= 0; i--, number /= 10)
                to[i] = (byte)('0' + (number % 10));
        }
    }
}
