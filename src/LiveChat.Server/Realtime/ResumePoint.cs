using System.Buffers.Text;
using System.Globalization;

namespace LiveChat.Server.Realtime;

/// <summary>How far a client has followed a conversation: it has seen everything up to this sequence.</summary>
internal sealed record ResumePoint(Guid ConversationId, long Sequence)
{
    /// <summary>
    /// What an official client keeps of the last event that it got, <c>7@</c>, the conversation and the epoch: a visitor's socket may go from
    /// one conversation to the next.
    /// </summary>
    public static string Offset(long sequence, string conversation) => string.Create(CultureInfo.InvariantCulture, $"{sequence}@{conversation}");

    /// <summary>The conversation as it stands in an offset.</summary>
    public static string Name(Guid conversationId, StoreEpoch epoch) => $"{Base64Url.EncodeToString(conversationId.ToByteArray(bigEndian: true))}.{epoch.Name}";

    /// <summary>Null when a client made it up, or saw it in another log.</summary>
    public static ResumePoint? Parse(string offset, StoreEpoch epoch)
    {
        Span<byte> id = stackalloc byte[16];
        var (at, end) = (offset.IndexOf('@', StringComparison.Ordinal), offset.IndexOf('.', StringComparison.Ordinal));
        return at > 0
            && end - at - 1 == Base64Url.GetEncodedLength(id.Length)
            && offset.AsSpan(end + 1).SequenceEqual(epoch.Name)
            && long.TryParse(offset.AsSpan(0, at), NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
            && Base64Url.TryDecodeFromChars(offset.AsSpan(at + 1, end - at - 1), id, out _)
                ? new ResumePoint(new Guid(id, bigEndian: true), sequence)
                : null;
    }
}
