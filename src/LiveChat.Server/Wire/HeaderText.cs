using System.Text;
using System.Text.Unicode;
using Microsoft.Net.Http.Headers;

namespace LiveChat.Server.Wire;

/// <summary>
/// The text of a request's header. HTTP says nothing of bytes above ASCII: sign-on proxies send UTF-8 and browsers Latin-1. What is valid
/// UTF-8 is taken as that, since Latin-1 that happens to be valid UTF-8 is hardly ever meant; anything else is Latin-1. A NUL is refused,
/// as the web server refuses it.
/// </summary>
internal sealed class HeaderText : Encoding
{
    private static readonly HeaderText Instance = new();

    /// <summary>The encoding of a header; null is the web server's own, which reads a length without making a text of it.</summary>
    public static Encoding? Of(string header) => ReferenceEquals(header, HeaderNames.ContentLength) ? null : Instance;

    public override int GetCharCount(byte[] bytes, int index, int count) => Count(bytes.AsSpan(index, count));

    public override int GetCharCount(ReadOnlySpan<byte> bytes) => Count(bytes);

    public override unsafe int GetCharCount(byte* bytes, int count) => Count(new ReadOnlySpan<byte>(bytes, count));

    public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex) =>
        Decode(bytes.AsSpan(byteIndex, byteCount), chars.AsSpan(charIndex));

    public override int GetChars(ReadOnlySpan<byte> bytes, Span<char> chars) => Decode(bytes, chars);

    public override unsafe int GetChars(byte* bytes, int byteCount, char* chars, int charCount) =>
        Decode(new ReadOnlySpan<byte>(bytes, byteCount), new Span<char>(chars, charCount));

    public override int GetByteCount(char[] chars, int index, int count) => UTF8.GetByteCount(chars, index, count);

    public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) =>
        UTF8.GetBytes(chars, charIndex, charCount, bytes, byteIndex);

    public override int GetMaxByteCount(int charCount) => UTF8.GetMaxByteCount(charCount);

    public override int GetMaxCharCount(int byteCount) => byteCount;

    private static int Count(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Contains((byte)0))
            throw new DecoderFallbackException("A header must not hold a NUL character.");

        return Ascii.IsValid(bytes) || !Utf8.IsValid(bytes) ? bytes.Length : UTF8.GetCharCount(bytes);
    }

    private static int Decode(ReadOnlySpan<byte> bytes, Span<char> chars) =>
        (Ascii.IsValid(bytes) || !Utf8.IsValid(bytes) ? Latin1 : UTF8).GetChars(bytes, chars);
}
