using System.Buffers.Text;
using System.Globalization;

namespace LiveChat.Server.Realtime;

/// <summary>How far a client has followed a conversation: it has seen everything up to this sequence.</summary>
internal sealed record ResumePoint(Guid ConversationId, long Sequence)
{
    /// <summary>What an official client keeps of the last event that it got, <c>7@</c> and the conversation: a visitor's socket may go from one to the next.</summary>
    public static string Offset(long sequence, string conversation) => string.Create(CultureInfo.InvariantCulture, $"{sequence}@{conversation}");

    /// <summary>The conversation as it stands in an offset.</summary>
    public static string Name(Guid conversationId) => Base64Url.EncodeToString(conversationId.ToByteArray(bigEndian: true));

    /// <summary>Null when a client made it up.</summary>
    public static ResumePoint? Parse(string offset)
    {
        Span<byte> id = stackalloc byte[16];
        return offset.IndexOf('@', StringComparison.Ordinal) is var at and > 0
            && long.TryParse(offset.AsSpan(0, at), NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
            && offset.Length - at - 1 == Base64Url.GetEncodedLength(id.Length)
            && Base64Url.TryDecodeFromChars(offset.AsSpan(at + 1), id, out _)
                ? new ResumePoint(new Guid(id, bigEndian: true), sequence)
                : null;
    }
}
