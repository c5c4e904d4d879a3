using System.Text;
using System.Text.Json;

namespace SocketIO.Protocol;

/// <summary>Checks the JSON of a packet's payload by the rules of the protocol, whatever encoding it came in.</summary>
internal static class PacketJson
{
    private const int AnyDepth = int.MaxValue;

    private static readonly byte[] EmptyObject = "{}"u8.ToArray();
    private static readonly byte[] EmptyArray = "[]"u8.ToArray();

    /// <summary>
    /// Makes the packet from its parts. Null when it is against the protocol. One that is in order but nested deeper than
    /// <paramref name="maxDepth"/>, or was cut down for that by its codec, is made without its payload.
    /// </summary>
    /// <param name="type">One of the types that are not binary.</param>
    /// <param name="ns">The namespace.</param>
    /// <param name="id">The acknowledgement id, if it has one.</param>
    /// <param name="json">The payload; copied.</param>
    /// <param name="attachments">How many binary values came or are to come with it.</param>
    /// <param name="maxDepth">How deep the payload may be nested.</param>
    /// <param name="isTooDeep">Whether it is known to be nested deeper than what <paramref name="json"/> shows.</param>
    public static IncomingPacket? TryMake(
        SocketPacketType type, string ns, ulong? id, ReadOnlySpan<byte> json, int attachments, int maxDepth, bool isTooDeep = false)
    {
        try
        {
            return Make(type, ns, id, json, attachments, isTooDeep ? AnyDepth : maxDepth, isTooDeep);
        }
        catch (JsonException) when (!isTooDeep)
        {
            // Either too deep or no JSON. Read it again without a limit to tell which.
            return TryMake(type, ns, id, json, attachments, maxDepth, isTooDeep: true);
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
    }

    private static IncomingPacket? Make(
        SocketPacketType type, string ns, ulong? id, ReadOnlySpan<byte> json, int attachments, int maxDepth, bool isTooDeep)
    {
        var name = "";
        var arguments = default(Range);
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
                if (!TryReadArray(json, named: true, attachments, maxDepth, out name, out arguments) || ReservedNames.Contains(name))
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

        return new IncomingPacket
        {
            Type = type,
            Namespace = ns,
            Id = id,
            IsTooDeep = isTooDeep,
            Json = !isTooDeep ? json.ToArray() : type == SocketPacketType.Connect ? EmptyObject : EmptyArray,
            EventName = name,
            Arguments = isTooDeep ? 1..1 : arguments,
        };
    }

    private static bool IsObject(ReadOnlySpan<byte> json, int maxDepth)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = maxDepth });
        reader.Read();
        var isObject = reader.TokenType == JsonTokenType.StartObject;
        while (reader.Read())
        {
            // Read all of it, so that it is known to be well-formed. An escaped lone surrogate must be found here too: it would
            // throw in the first middleware, predicate or recovery store that reads the string.
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
            // The reference parser takes a number for a name too.
            if (!reader.Read() || reader.TokenType is not (JsonTokenType.String or JsonTokenType.Number))
                return false;
            name = reader.TokenType is JsonTokenType.String ? reader.GetString()! : Encoding.ASCII.GetString(reader.ValueSpan);
        }

        var start = -1L;
        var last = 0L;
        while (reader.Read())
        {
            if (start < 0)
                start = reader.TokenStartIndex;
            last = reader.TokenStartIndex;
            if (attachments > 0 && maxDepth < AnyDepth && reader.TokenType == JsonTokenType.StartObject && !IsSound(reader, attachments))
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
    /// <param name="reader">At the object's start.</param>
    /// <param name="flat">Stops at the first nested value: then it is none.</param>
    public static (bool IsPlaceholder, int Number) ReadPlaceholder(ref Utf8JsonReader reader, bool flat = false)
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
            else
            {
                reader.Read();
            }

            if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
                continue;
            if (flat)
                return (false, -1);
            reader.Skip();
        }

        return (isPlaceholder, number);
    }

    /// <summary>
    /// Whether the object at hand is no placeholder, or one of an attachment that was announced. It is read up to the first value
    /// that is nested, which no placeholder has: so nested objects are not read once for each level.
    /// </summary>
    private static bool IsSound(Utf8JsonReader reader, int attachments)
    {
        var (isPlaceholder, number) = ReadPlaceholder(ref reader, flat: true);
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
