using System.Buffers.Binary;
using Microsoft.Data.Sqlite;

namespace LiveChat.Server.Storage.Sqlite;

/// <summary>
/// Where messages are made durable together before each is filed in the log of its conversation: rows that fill a page each and are
/// overwritten in place, so that a commit of many messages writes few pages. Used within the writer's transactions.
/// </summary>
/// <remarks>
/// A row is the number of its batch, the place of the row in it, the length of the batch, and a piece of it. After a filing the slots
/// are used from the first one again; what is left in the later ones is of older batches, filed all of them.
/// </remarks>
internal sealed class SqliteJournal : IDisposable
{
    private const int RowLength = 4032;
    private const int HeaderLength = 16;
    private const int PieceLength = RowLength - HeaderLength;

    /// <summary>As many as are used again and again; what a burst took beyond is given back.</summary>
    private const int SlotsKept = 128;

    private readonly SqliteConnection _connection;
    private readonly SqliteStatement _overwrite, _insert;
    private readonly MemoryStream _batch = new();
    private readonly BinaryWriter _writer;
    private readonly byte[] _row = new byte[RowLength];
    private long _batches;
    private int _slot;
    private int _nextSlot;

    public SqliteJournal(SqliteConnection connection)
    {
        _connection = connection;
        _writer = new BinaryWriter(_batch);
        _overwrite = new SqliteStatement(connection, "UPDATE message_journal SET entries = ?1 WHERE slot = ?2");
        _insert = new SqliteStatement(connection, "INSERT INTO message_journal (entries, slot) VALUES (?1, ?2)");
    }

    /// <summary>Adds a batch; to be followed by <see cref="Keep"/> once it is committed. One that was rolled back is written over.</summary>
    public void Write(ReadOnlySpan<Spoken> messages)
    {
        _batch.SetLength(0);
        foreach (var (_, message) in messages)
            MessageCodec.Write(_writer, message);
        _writer.Flush();

        _batches++;
        _nextSlot = _slot;
        var length = (int)_batch.Length;
        for (int piece = 0, at = 0; at < length; piece++, at += PieceLength)
        {
            BinaryPrimitives.WriteInt64LittleEndian(_row, _batches);
            BinaryPrimitives.WriteInt32LittleEndian(_row.AsSpan(8), piece);
            BinaryPrimitives.WriteInt32LittleEndian(_row.AsSpan(12), length);
            var bytes = _batch.GetBuffer().AsSpan(at, Math.Min(PieceLength, length - at));
            bytes.CopyTo(_row.AsSpan(HeaderLength));
            _row.AsSpan(HeaderLength + bytes.Length).Clear();
            WriteRow(_nextSlot++);
        }
    }

    /// <summary>What was written last is committed.</summary>
    public void Keep() => _slot = _nextSlot;

    /// <summary>All that was written is filed: its slots may be used again.</summary>
    public void Restart() => _slot = _nextSlot = 0;

    /// <summary>In the transaction that files all: gives back what is more than usual.</summary>
    public void Trim()
    {
        if (_slot > SlotsKept)
            _connection.Ask($"DELETE FROM message_journal WHERE slot >= {SlotsKept}");
    }

    /// <summary>Leaves nothing behind of what was written.</summary>
    public void Empty() => _connection.Ask("DELETE FROM message_journal");

    /// <summary>The messages of every batch that is whole, in the order in which they were written. Some may be filed already.</summary>
    /// <exception cref="InvalidDataException">A row was damaged, or a newer version wrote it.</exception>
    public IReadOnlyList<Message> Read()
    {
        var batches = new SortedDictionary<long, List<byte[]>>();
        using (var command = _connection.Command("SELECT entries FROM message_journal ORDER BY slot"))
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

    public void Dispose()
    {
        _overwrite.Dispose();
        _insert.Dispose();
        _writer.Dispose();
    }

    /// <summary>Of a batch whose first rows were overwritten by a later one, all was filed before that.</summary>
    private static void ReadBatch(List<byte[]> rows, List<Message> messages)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(rows[0].AsSpan(12));
        if (BinaryPrimitives.ReadInt32LittleEndian(rows[0].AsSpan(8)) != 0)
            return;

        var batch = new byte[rows.Count * PieceLength];
        for (var i = 0; i < rows.Count; i++)
            rows[i].AsSpan(HeaderLength, PieceLength).CopyTo(batch.AsSpan(i * PieceLength));
        if (length < 0 || length > batch.Length)
            throw new InvalidDataException($"A batch of {length} bytes is in {rows.Count} rows of the journal.");

        using var reader = new BinaryReader(new MemoryStream(batch, 0, length, writable: false));
        try
        {
            while (reader.BaseStream.Position < length)
                messages.Add(MessageCodec.Read(reader));
        }
        catch (EndOfStreamException exception)
        {
            throw new InvalidDataException("A message in the journal is cut off.", exception);
        }
    }

    private void WriteRow(int slot)
    {
        if (Run(_overwrite, slot) == 0)
            Run(_insert, slot);
    }

    private int Run(SqliteStatement statement, int slot)
    {
        statement.Bind(1, _row);
        statement.Bind(2, slot);
        return statement.Execute();
    }
}

/// <summary>When the journal is used, and for how long.</summary>
/// <param name="Few">So many messages of one commit are filed at once, if the journal is empty: it would save them nothing.</param>
/// <param name="Most">As many in the journal are filed.</param>
/// <param name="Longest">So long after the first of them all are filed.</param>
internal sealed record JournalLimits(int Few, int Most, TimeSpan Longest)
{
    public static JournalLimits Default { get; } = new(Few: 4, Most: 512, Longest: TimeSpan.FromMilliseconds(25));
}
