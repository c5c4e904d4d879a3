using System.Buffers.Binary;

namespace LiveChat.Server.Realtime.Bus;

/// <summary>
/// Frames ↔ the short texts that PostgreSQL notifies: base64, and what is too long in parts, which come one after the other from each sender.
/// One reader.
/// </summary>
internal sealed class FrameParts(TimeProvider clock)
{
    /// <summary>The longest frame that is one text: a payload is below 8000 bytes, one of them says what it is.</summary>
    public const int MaxWhole = (MaxPayload - 1) / 4 * 3;

    private const int MaxPayload = 7999;
    private const int PartHeader = 16;
    private const int MaxPart = MaxWhole - PartHeader;
    private const char Whole = 'W', Part = 'P';

    /// <summary>How many senders may be in the middle of a frame at once.</summary>
    private const int MostSenders = 64;

    /// <summary>After how long without a next part the sender is taken for dead.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Dictionary<ulong, Pieces> _begun = [];

    /// <summary>The texts that carry the frame.</summary>
    /// <param name="sender">Whose it is.</param>
    /// <param name="number">Of the frame among the sender's.</param>
    /// <param name="frame">The frame.</param>
    public static IEnumerable<string> Split(ulong sender, uint number, byte[] frame)
    {
        if (frame.Length <= MaxWhole)
        {
            yield return Whole + Convert.ToBase64String(frame);
            yield break;
        }

        var parts = (frame.Length + MaxPart - 1) / MaxPart;
        for (var i = 0; i < parts; i++)
        {
            var rest = frame.AsSpan(i * MaxPart);
            var part = new byte[PartHeader + Math.Min(rest.Length, MaxPart)];
            BinaryPrimitives.WriteUInt64LittleEndian(part, sender);
            BinaryPrimitives.WriteUInt32LittleEndian(part.AsSpan(8), number);
            BinaryPrimitives.WriteUInt16LittleEndian(part.AsSpan(12), (ushort)i);
            BinaryPrimitives.WriteUInt16LittleEndian(part.AsSpan(14), (ushort)parts);
            rest[..(part.Length - PartHeader)].CopyTo(part.AsSpan(PartHeader));
            yield return Part + Convert.ToBase64String(part);
        }
    }

    /// <summary>Takes a text that came.</summary>
    /// <param name="payload">The text.</param>
    /// <param name="frame">The frame that is whole with it; null while parts are missing.</param>
    /// <returns>False when the text is broken, or comes in the middle of a frame whose beginning did not come.</returns>
    public bool TryTake(string payload, out byte[]? frame)
    {
        frame = null;
        var bytes = new byte[payload.Length / 4 * 3];
        if (payload.Length == 0 || !Convert.TryFromBase64Chars(payload.AsSpan(1), bytes, out var length))
            return false;

        Array.Resize(ref bytes, length);
        return payload[0] switch
        {
            Whole => (frame = bytes) is not null,
            Part when length > PartHeader => TryAdd(bytes, out frame),
            _ => false,
        };
    }

    private bool TryAdd(byte[] part, out byte[]? frame)
    {
        frame = null;
        var sender = BinaryPrimitives.ReadUInt64LittleEndian(part);
        var number = BinaryPrimitives.ReadUInt32LittleEndian(part.AsSpan(8));
        var (index, count) = (BinaryPrimitives.ReadUInt16LittleEndian(part.AsSpan(12)), BinaryPrimitives.ReadUInt16LittleEndian(part.AsSpan(14)));
        if (index == 0 && count is > 1 and <= BusCodec.MaxFrameSize / MaxPart)
            Begin(sender, number, count);
        if (!_begun.TryGetValue(sender, out var pieces) || pieces.Number != number || pieces.Count != count || pieces.Parts.Count != index)
        {
            _begun.Remove(sender);
            return false;
        }

        pieces.Parts.Add(part);
        pieces.At = clock.GetTimestamp();
        if (pieces.Parts.Count == count)
        {
            _begun.Remove(sender);
            frame = [.. pieces.Parts.SelectMany(piece => piece.AsSpan(PartHeader).ToArray())];
        }

        return true;
    }

    private void Begin(ulong sender, uint number, int count)
    {
        foreach (var (gone, _) in _begun.Where(pieces => clock.GetElapsedTime(pieces.Value.At) > Patience).ToList())
            _begun.Remove(gone);
        if (_begun.Count < MostSenders || _begun.ContainsKey(sender))
            _begun[sender] = new Pieces(number, count);
    }

    private sealed class Pieces(uint number, int count)
    {
        public uint Number { get; } = number;

        public int Count { get; } = count;

        public List<byte[]> Parts { get; } = [];

        public long At { get; set; }
    }
}
