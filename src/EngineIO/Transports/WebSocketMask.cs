using System.Numerics;
using System.Runtime.InteropServices;

namespace EngineIO.Transports;

/// <summary>The masking of client frames (RFC 6455, section 5.3).</summary>
internal static class WebSocketMask
{
    /// <summary>Unmasks in place. <paramref name="mask"/> is the four key bytes as they came, rotated so that the first applies to the first byte.</summary>
    /// <returns>The key, rotated for the byte after the last.</returns>
    public static uint Apply(Span<byte> data, uint mask)
    {
        if (mask == 0)
            return 0;

        var wide = MemoryMarshal.Cast<byte, uint>(data);
        if (Vector.IsHardwareAccelerated && wide.Length >= Vector<uint>.Count)
        {
            var key = new Vector<uint>(mask);
            var vectors = MemoryMarshal.Cast<uint, Vector<uint>>(wide);
            for (var i = 0; i < vectors.Length; i++)
                vectors[i] ^= key;
            wide = wide[(vectors.Length * Vector<uint>.Count)..];
        }

        for (var i = 0; i < wide.Length; i++)
            wide[i] ^= mask;

        var tail = data[^(data.Length & 3)..];
        for (var i = 0; i < tail.Length; i++)
            tail[i] ^= (byte)(BitConverter.IsLittleEndian ? mask >> (8 * i) : mask >> (24 - (8 * i)));

        var used = 8 * tail.Length;
        return BitConverter.IsLittleEndian ? BitOperations.RotateRight(mask, used) : BitOperations.RotateLeft(mask, used);
    }
}
