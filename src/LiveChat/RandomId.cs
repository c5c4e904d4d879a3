using System.Security.Cryptography;

namespace LiveChat;

/// <summary>
/// Random UUIDs (version 4) that cannot be guessed, from a supply of random bytes for each thread: <see cref="Guid.NewGuid"/> asks the
/// system for each one.
/// </summary>
internal static class RandomId
{
    private const int Size = 16;
    private const int Supply = 64 * Size;

    [ThreadStatic]
    private static byte[]? _bytes;

    [ThreadStatic]
    private static int _left;

    public static Guid New()
    {
        var bytes = _bytes ??= new byte[Supply];
        if (_left == 0)
        {
            RandomNumberGenerator.Fill(bytes);
            _left = Supply;
        }

        var id = bytes.AsSpan(_left -= Size, Size);
        id[6] = (byte)((id[6] & 0x0f) | 0x40);
        id[8] = (byte)((id[8] & 0x3f) | 0x80);
        var result = new Guid(id, bigEndian: true);
        id.Clear();
        return result;
    }
}
