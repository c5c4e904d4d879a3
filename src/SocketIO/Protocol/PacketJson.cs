using System.Text;
using System.Text.Json;

namespace SocketIO.Protocol;

/// <summary>Checks the JSON of a packet's payload by the rules of the protocol, whatever encoding it came in.</summary>
internal static class PacketJson
{
    private static readonly HashSet<string> Reserved = new(StringComparer.Ordinal)
    {
        "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener",
    };

    /// <summary>Makes the packet from its parts, or refuses. The JSON is copied.</summary>
    public static IncomingPacket? TryMake(SocketPacketType type, string ns, ulong? id, ReadOnlySpan<byte> json, int attachments, int maxDepth)
    {
        var name = "";
        var arguments = default(Range);
        try
        {
            switch (type)
            {
                case SocketPacketType.Connect:
                    if (!json.IsEmpty && !IsObject(json, maxDepth))
                        return null;
                    break;
                case SocketPacketType.Disconnect:
                    if (!json.IsEmpty)
                        return null;
                    break;
                case SocketPacketType.Event:
                    if (!TryReadArray(json, named: true, attachments, maxDepth, out name, out arguments) || Reserved.Contains(name))
                        return null;
                    break;
                case SocketPacketType.Ack:
                    if (id is null || !TryReadArray(json, named: false, attachments, maxDepth, out _, out arguments))
                        return null;
                    break;
                default:
                    // A CONNECT_ERROR is the server's to send.
                    return null;
            }
        }
        catch (JsonException)
        {
            return null;
        }
        catch (InvalidOperationException)
        {
            // An escaped lone surrogate, which no string can hold.
            return null;
        }

        return new IncomingPacket
        {
            Type = type,
            Namespace = ns,
            Id = id,
            Json = json.ToArray(),
            EventName = name,
            Arguments = arguments,
        };
    }

    private static bool IsObject(ReadOnlySpan<byte> json, int maxDepth)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = maxDepth });
        reader.Read();
        var isObject = reader.TokenType == JsonTokenType.StartObject;
        while (reader.Read())
        {
            // To the end, so that all of it is known to be well-formed. Middlewares, predicates and recovery read strings and
            // names of it, so an escaped lone surrogate must be found now and not by the first of them.
            if (reader.ValueIsEscaped)
                reader.GetString();
        }

        return isObject;
    }

    private static bool TryReadArray(ReadOnlySpan<byte> json, bool named, int attachments, int maxDepth, out string name, out Range arguments)
    {
        name = "";
        arguments = default;
        if (json.IsEmpty)
            return false;

        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = maxDepth });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray)
            return false;

        if (named)
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.String)
                return false;
            name = reader.GetString()!;
        }

        var start = -1L;
        var last = 0L;
        while (reader.Read())
        {
            if (start < 0)
                start = reader.TokenStartIndex;
            last = reader.TokenStartIndex;
            if (attachments > 0 && reader.TokenType == JsonTokenType.StartObject && !IsSound(reader, attachments))
                return false;
        }

        // The last token is the array's end.
        var end = (int)last;
        var begin = (int)start;
        while (end > begin && json[end - 1] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
            end--;
        arguments = begin..end;
        return true;
    }

    /// <summary>Reads the object at hand to its end: whether it is a placeholder, and of which attachment, -1 when it says none. The order of its keys does not matter.</summary>
    public static (bool IsPlaceholder, int Number) ReadPlaceholder(ref Utf8JsonReader reader)
    {
        var isPlaceholder = false;
        var number = -1;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("_placeholder"u8))
            {
                reader.Read();
                isPlaceholder = reader.TokenType == JsonTokenType.True;
            }
            else if (reader.ValueTextEquals("num"u8))
            {
                reader.Read();
                number = reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var value) ? value : -1;
            }

            reader.Skip();
        }

        return (isPlaceholder, number);
    }

    /// <summary>Whether the object at hand is no placeholder, or one of an attachment that was announced.</summary>
    private static bool IsSound(Utf8JsonReader reader, int attachments)
    {
        var (isPlaceholder, number) = ReadPlaceholder(ref reader);
        return !isPlaceholder || (number >= 0 && number < attachments);
    }

    /// <summary>Whether text can stand between quotes as it is.</summary>
    public static bool NeedsNoEscape(string text)
    {
        foreach (var c in text)
        {
            if (c is < ' ' or > '~' or '"' or '\\')
                return false;
        }

        return true;
    }

    /// <summary>The bytes of a JSON string literal.</summary>
    public static ReadOnlySpan<byte> Quote(string text) =>
        NeedsNoEscape(text)
            ? Encoding.UTF8.GetBytes($"\"{text}\"")
            : Encoding.UTF8.GetBytes($"\"{JsonEncodedText.Encode(text)}\"");
}
