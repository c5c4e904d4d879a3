namespace LiveChat.Server.Realtime.Bus;

/// <summary>
/// Bytes ↔ what travels between servers. A frame is a version, its sender, and items, each with its kind and its length before it. That
/// much is the same in every version: an item of a kind that a server does not know is passed over, and so are fields behind those that it
/// knows. So a new field comes last, a new kind gets a new number, and the version says only who wrote it. Texts are bounded by the frame.
/// </summary>
internal static class BusCodec
{
    public const byte Version = 1;

    /// <summary>Version and sender.</summary>
    public const int HeaderSize = 1 + sizeof(ulong);

    public const int MaxNumberSize = 9;

    /// <summary>The largest frame that is looked at, in bytes. An entry is at most 30 KB or so.</summary>
    public const int MaxFrameSize = 1024 * 1024;

    [ThreadStatic]
    private static BusWriter? _writer;

    public static BusItem Encode(ConversationEvent entry)
    {
        var writer = _writer ??= new BusWriter();
        return entry.Match(
            message => new BusItem(BusKind.Message, message.ConversationId, EntryCodec.Write(writer, message)),
            transition => new BusItem(BusKind.Transition, transition.ConversationId, EntryCodec.Write(writer, transition)));
    }

    public static BusItem Encode(Signal signal)
    {
        var writer = _writer ??= new BusWriter();
        return signal switch
        {
            PresenceChange change => new BusItem(BusKind.Presence, change.ConversationId, SignalCodec.Write(writer, change)),
            ReadChange change => new BusItem(BusKind.Read, change.ConversationId, SignalCodec.Write(writer, change)),
            TypingChange change => new BusItem(BusKind.Typing, change.ConversationId, SignalCodec.Write(writer, change)),
            _ => throw new NotSupportedException($"The bus carries no {signal.GetType().Name}."),
        };
    }

    /// <summary>How many bytes the item takes in a frame.</summary>
    public static int SizeOf(BusItem item) => 1 + SizeOfNumber(item.Body.Length) + item.Body.Length;

    /// <summary>A frame of these items.</summary>
    public static byte[] Frame(ulong sender, params ReadOnlySpan<BusItem> items)
    {
        var size = HeaderSize;
        foreach (var item in items)
            size += SizeOf(item);

        var frame = new byte[size];
        frame[0] = Version;
        BitConverter.TryWriteBytes(frame.AsSpan(1), sender);
        var rest = frame.AsSpan(HeaderSize);
        foreach (var item in items)
        {
            rest[0] = (byte)item.Kind;
            rest = rest[1..];
            rest = rest[WriteNumber(rest, item.Body.Length)..];
            item.Body.CopyTo(rest);
            rest = rest[item.Body.Length..];
        }

        return frame;
    }

    /// <summary>Who sent the frame; null when it is none.</summary>
    public static ulong? SenderOf(ReadOnlySpan<byte> frame) =>
        frame.Length is >= HeaderSize and <= MaxFrameSize && frame[0] > 0 ? BitConverter.ToUInt64(frame[1..]) : null;

    /// <summary>Reads what the frame brings. Never throws.</summary>
    /// <param name="frame">As it came.</param>
    /// <param name="isFollowed">Whether somebody here is in the conversation: what is not for all, and of others, is not even decoded.</param>
    /// <returns>Null when it is broken.</returns>
    public static BusFrame? Read(ReadOnlySpan<byte> frame, Func<Guid, bool> isFollowed)
    {
        if (SenderOf(frame) is null)
            return null;

        try
        {
            var read = new BusFrame();
            var items = new BusReader(frame[HeaderSize..]);
            while (!items.IsAtEnd)
                ReadItem(read, (BusKind)items.Byte(), items.Nested(), isFollowed);
            return read;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    public static int WriteNumber(Span<byte> to, long value)
    {
        var (rest, count) = ((ulong)value, 0);
        for (; rest >= 0x80; rest >>= 7)
            to[count++] = (byte)(rest | 0x80);
        to[count++] = (byte)rest;
        return count;
    }

    private static int SizeOfNumber(long value)
    {
        Span<byte> ignored = stackalloc byte[MaxNumberSize];
        return WriteNumber(ignored, value);
    }

    private static void ReadItem(BusFrame frame, BusKind kind, ReadOnlySpan<byte> body, Func<Guid, bool> isFollowed)
    {
        try
        {
            var reader = new BusReader(body);
            switch (kind)
            {
                case BusKind.Transition:
                    frame.Entries.Add(EntryCodec.ReadTransition(ref reader));
                    break;
                case BusKind.Message:
                    if (isFollowed(new BusReader(body).Id()))
                        frame.Entries.Add(EntryCodec.ReadMessage(ref reader));
                    break;
                case BusKind.Presence or BusKind.Read or BusKind.Typing:
                    if (isFollowed(new BusReader(body).Id()))
                        frame.Signals.Add(SignalCodec.Read(kind, ref reader));
                    break;
                case BusKind.Missed:
                    frame.HasMissed = true;
                    break;
                case BusKind.CutOff:
                    frame.IsCutOff = true;
                    break;
                default:
                    throw new UnknownValueException();
            }
        }
        catch (UnknownValueException)
        {
            frame.Skipped++;
        }
    }
}
