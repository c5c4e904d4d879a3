using System.Diagnostics;

namespace LiveChat.Server.Realtime.Bus;

/// <summary>Entries of a log as they travel, each with the trace that it is part of. A field that is added comes last, and is read only where something is left.</summary>
internal static class EntryCodec
{
    public static byte[] Write(BusWriter writer, Message message)
    {
        WriteEntry(writer, message);
        writer.Id(message.Id);
        WriteParticipant(writer, message.Sender);
        writer.Text(message.Content);
        writer.Text(message.Metadata);
        writer.Text(message.ClientMessageId);
        WriteTrace(writer, message);
        return writer.Take();
    }

    public static byte[] Write(BusWriter writer, Transition transition)
    {
        // The writer writes one value at a time, and this one is within the other.
        var conversation = ConversationCodec.Write(writer, transition.Conversation);
        WriteEntry(writer, transition);
        writer.Byte((byte)transition.Kind);
        WriteOptional(writer, transition.Participant);
        writer.Text(transition.Reason);
        writer.Nested(conversation);
        WriteTrace(writer, transition);
        return writer.Take();
    }

    public static Message ReadMessage(ref BusReader reader)
    {
        var message = new Message
        {
            ConversationId = reader.Id(),
            Sequence = reader.Number(),
            Timestamp = reader.Time(),
            Id = reader.Id(),
            Sender = ReadParticipant(ref reader),
            Content = reader.Text(),
            Metadata = reader.OptionalText(),
            ClientMessageId = reader.OptionalText(),
        };
        NoteTrace(ref reader, message);
        return message;
    }

    public static Transition ReadTransition(ref BusReader reader)
    {
        var transition = new Transition
        {
            ConversationId = reader.Id(),
            Sequence = reader.Number(),
            Timestamp = reader.Time(),
            Kind = reader.Value<TransitionKind>(),
            Participant = reader.Flag() ? ReadParticipant(ref reader) : null,
            Reason = reader.OptionalText(),
            Conversation = ConversationCodec.Read(new BusReader(reader.Nested())),
        };
        NoteTrace(ref reader, transition);
        return transition;
    }

    public static void WriteParticipant(BusWriter writer, Participant participant)
    {
        writer.Text(participant.Id);
        writer.Byte((byte)participant.Type);
        writer.Text(participant.DisplayName);
    }

    public static Participant ReadParticipant(ref BusReader reader) =>
        new(reader.Text(), reader.Value<ParticipantType>(), reader.OptionalText());

    private static void WriteEntry(BusWriter writer, ConversationEvent entry)
    {
        writer.Id(entry.ConversationId);
        writer.Number(entry.Sequence);
        writer.Time(entry.Timestamp);
    }

    private static void WriteOptional(BusWriter writer, Participant? participant)
    {
        writer.Flag(participant is not null);
        if (participant is not null)
            WriteParticipant(writer, participant);
    }

    private static void WriteTrace(BusWriter writer, ConversationEvent entry)
    {
        var trace = ChatTraces.Find(entry);
        writer.Flag(trace is not null);
        if (trace is not { } context)
            return;

        writer.Text(context.TraceId.ToHexString());
        writer.Text(context.SpanId.ToHexString());
        writer.Byte((byte)context.TraceFlags);
        writer.Text(context.TraceState);
    }

    private static void NoteTrace(ref BusReader reader, ConversationEvent entry)
    {
        if (!reader.Flag())
            return;

        var (trace, span, flags, state) = (reader.Text(), reader.Text(), (ActivityTraceFlags)reader.Byte(), reader.OptionalText());
        if (!ChatTraces.IsListened)
            return;

        try
        {
            ChatTraces.Note(entry, new ActivityContext(
                ActivityTraceId.CreateFromString(trace), ActivitySpanId.CreateFromString(span), flags, state, isRemote: true));
        }
        catch (ArgumentOutOfRangeException)
        {
            throw new FormatException("A trace is none.");
        }
    }
}
