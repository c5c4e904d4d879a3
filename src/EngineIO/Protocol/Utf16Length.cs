namespace EngineIO.Protocol;

/// <summary>
/// Revision 3 counts text in UTF-16 code units, as JavaScript does, while the wire is UTF-8: sequences of one to three
/// bytes are one unit, those of four bytes are two.
/// </summary>
internal static class Utf16Length
{
    /// <summary>The number of UTF-16 code units of valid UTF-8.</summary>
    public static int Of(ReadOnlySpan<byte> utf8)
    {
        var units = 0;
        foreach (var value in utf8)
        {
            if ((value & 0xC0) != 0x80)
                units += value >= 0xF0 ? 2 : 1;
        }

        return units;
    }

    /// <summary>How many bytes the first <paramref name="units"/> code units take; false when there are fewer, or the cut would fall into a surrogate pair.</summary>
    public static bool TryTake(ReadOnlySpan<byte> utf8, uint units, out int bytes)
    {
        bytes = 0;
        long left = units;
        while (left > 0)
        {
            if (bytes >= utf8.Length)
                return false;

            var (width, cost) = utf8[bytes] switch { < 0x80 => (1, 1), < 0xE0 => (2, 1), < 0xF0 => (3, 1), _ => (4, 2) };
            bytes += width;
            left -= cost;
        }

        return left == 0 && bytes <= utf8.Length;
    }
}
