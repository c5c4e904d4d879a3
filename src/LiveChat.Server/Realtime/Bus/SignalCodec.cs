namespace LiveChat.Server.Realtime.Bus;

/// <summary>Signals as they travel.</summary>
internal static class SignalCodec
{
    public static byte[] Write(BusWriter writer, PresenceChange change)
    {
        WriteSignal(writer, change);
        writer.Flag(change.IsPresent);
        return writer.Take();
    }

    public static byte[] Write(BusWriter writer, ReadChange change)
    {
        WriteSignal(writer, change);
        writer.Number(change.Sequence);
        return writer.Take();
    }

    public static byte[] Write(BusWriter writer, TypingChange change)
    {
        WriteSignal(writer, change);
        writer.Flag(change.IsTyping);
        writer.OptionalTime(change.ExpiresAt);
        writer.Text(change.Origin);
        return writer.Take();
    }

    public static Signal Read(BusKind kind, ref BusReader reader)
    {
        var (id, participant, at) = (reader.Id(), EntryCodec.ReadParticipant(ref reader), reader.Time());
        return kind switch
        {
            BusKind.Presence => new PresenceChange(id, participant, reader.Flag(), at),
            BusKind.Read => new ReadChange(id, participant, reader.Number(), at),
            BusKind.Typing => new TypingChange(id, participant, reader.Flag(), at, reader.OptionalTime(), reader.Text()),
            _ => throw new UnknownValueException(),
        };
    }

    private static void WriteSignal(BusWriter writer, Signal signal)
    {
        writer.Id(signal.ConversationId);
        EntryCodec.WriteParticipant(writer, signal.Participant);
        writer.Time(signal.At);
    }
}
