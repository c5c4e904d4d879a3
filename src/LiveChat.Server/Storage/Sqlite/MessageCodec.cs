namespace LiveChat.Server.Storage.Sqlite;

/// <summary>Messages as bytes, for the journal alone: who writes them is who reads them, or its successor after a crash.</summary>
internal static class MessageCodec
{
    private const byte Version = 1;

    public static void Write(BinaryWriter writer, Message message)
    {
        writer.Write(Version);
        Write(writer, message.ConversationId);
        writer.Write(message.Sequence);
        writer.Write(message.Timestamp.ToUnixTimeMilliseconds());
        Write(writer, message.Id);
        writer.Write((byte)message.Sender.Type);
        writer.Write(message.Sender.Id);
        WriteOptional(writer, message.Sender.DisplayName);
        writer.Write(message.Content);
        WriteOptional(writer, message.Metadata);
        WriteOptional(writer, message.ClientMessageId);
    }

    /// <exception cref="InvalidDataException">A version that this program does not know wrote it.</exception>
    public static Message Read(BinaryReader reader)
    {
        if (reader.ReadByte() is var version and not Version)
            throw new InvalidDataException($"The journal holds a message of version {version}, which only a newer version of this program reads.");

        return new Message
        {
            ConversationId = ReadId(reader),
            Sequence = reader.ReadInt64(),
            Timestamp = DateTimeOffset.FromUnixTimeMilliseconds(reader.ReadInt64()),
            Id = ReadId(reader),
            Sender = ReadSender(reader),
            Content = reader.ReadString(),
            Metadata = ReadOptional(reader),
            ClientMessageId = ReadOptional(reader),
        };
    }

    private static Participant ReadSender(BinaryReader reader)
    {
        var type = (ParticipantType)reader.ReadByte();
        return new Participant(reader.ReadString(), type, ReadOptional(reader));
    }

    private static void Write(BinaryWriter writer, Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes);
        writer.Write(bytes);
    }

    private static Guid ReadId(BinaryReader reader)
    {
        Span<byte> bytes = stackalloc byte[16];
        reader.BaseStream.ReadExactly(bytes);
        return new Guid(bytes);
    }

    private static void WriteOptional(BinaryWriter writer, string? text)
    {
        writer.Write(text is not null);
        if (text is not null)
            writer.Write(text);
    }

    private static string? ReadOptional(BinaryReader reader) => reader.ReadBoolean() ? reader.ReadString() : null;
}
