using System.Buffers.Binary;
using LiveChat.Server.Storage.Sql;
using Microsoft.Data.Sqlite;

namespace LiveChat.Server.Storage.Sqlite;

/// <summary>
/// What versions before <c>0006-pending-messages.sql</c> have left in <c>message_journal</c>: batches of messages as bytes, cut into rows of
/// one length that were written over again and again. Its messages become pending ones, and the table is dropped.
/// </summary>
/// <remarks>
/// A row is the number of its batch, the place of the row in it, the length of the batch, and a piece of it. A batch that lacks rows was
/// moved to the log before they were written over or given back; as much of it as is there is looked at all the same.
/// </remarks>
internal static class OldJournal
{
    private const int HeaderLength = 16;
    private const byte Version = 1;

    /// <exception cref="InvalidDataException">It holds what neither continues the log of its conversation nor is in it.</exception>
    public static void MakePending(SqliteConnection connection)
    {
        if (connection.Ask("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'message_journal'") is null)
            return;

        using var transaction = connection.BeginTransaction();
        using (var insert = new PreparedStatement(connection, $"INSERT INTO pending_message ({EntryRow.Columns}) VALUES ({EntryRow.Parameters})"))
        {
            foreach (var message in Read(connection))
            {
                if (FindMissing(connection, message) is not { } conversation)
                    continue;

                EntryRow.Bind(insert, conversation, message);
                insert.Execute();
            }
        }

        connection.Execute("DROP TABLE message_journal");
        transaction.Commit();
    }

    private static List<Message> Read(SqliteConnection connection)
    {
        var batches = new SortedDictionary<long, List<byte[]>>();
        using (var command = connection.Command("SELECT entries FROM message_journal ORDER BY slot"))
        {
            using var rows = command.ExecuteReader();
            while (rows.Read())
            {
                var row = (byte[])rows[0];
                var batch = BinaryPrimitives.ReadInt64LittleEndian(row);
                if (!batches.TryGetValue(batch, out var pieces))
                    batches.Add(batch, pieces = []);
                pieces.Add(row);
            }
        }

        var messages = new List<Message>();
        foreach (var pieces in batches.Values)
            ReadBatch(pieces, messages);
        return messages;
    }

    private static void ReadBatch(List<byte[]> rows, List<Message> messages)
    {
        using var bytes = new MemoryStream();
        var length = BinaryPrimitives.ReadInt32LittleEndian(rows[0].AsSpan(12));
        for (var i = 0; i < rows.Count && BinaryPrimitives.ReadInt32LittleEndian(rows[i].AsSpan(8)) == i; i++)
            bytes.Write(rows[i].AsSpan(HeaderLength));

        var isCut = bytes.Length < length;
        bytes.SetLength(Math.Min(bytes.Length, length));
        bytes.Position = 0;
        using var reader = new BinaryReader(bytes);
        try
        {
            while (bytes.Position < bytes.Length)
                messages.Add(ReadMessage(reader));
        }
        catch (EndOfStreamException) when (isCut)
        {
            // The rest of it is in the log.
        }
    }

    private static Message ReadMessage(BinaryReader reader)
    {
        if (reader.ReadByte() is var version and not Version)
            throw new InvalidDataException($"The journal holds a message of version {version}, which no version of this program wrote.");

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

    private static Guid ReadId(BinaryReader reader)
    {
        Span<byte> bytes = stackalloc byte[16];
        reader.BaseStream.ReadExactly(bytes);
        return new Guid(bytes);
    }

    private static string? ReadOptional(BinaryReader reader) => reader.ReadBoolean() ? reader.ReadString() : null;

    /// <summary>The key of the message's conversation; null when the message is in the log already, or the conversation was removed.</summary>
    private static long? FindMissing(SqliteConnection connection, Message message)
    {
        (string, object) id = ("@id", SqliteDialect.Instance.Id(message.ConversationId));
        using var command = connection.Command("SELECT key, last_sequence FROM conversation_now WHERE id = @id", id);
        using var row = command.ExecuteReader();
        if (!row.Read())
            return null;

        var (key, last) = (row.GetInt64(0), row.GetInt64(1));
        if (message.Sequence == last + 1)
            return key;

        using var stored = connection.Command(
            "SELECT message_id FROM conversation_log WHERE conversation = @conversation AND sequence = @sequence",
            ("@conversation", key),
            ("@sequence", message.Sequence));
        if (stored.ExecuteScalar() is byte[] found && new Guid(found, bigEndian: true) == message.Id)
            return null;

        throw new InvalidDataException(
            $"The journal holds message {message.Id} as entry {message.Sequence} of conversation {message.ConversationId}, which has "
            + $"{last} entries and another one there. A program that does not know the journal has written to the file.");
    }
}
