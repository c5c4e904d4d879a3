using System.Buffers.Binary;

namespace LiveChat.Server.Storage.Sqlite;

/// <summary>What of SQLite's documented file format it takes to find the part of a page that holds nothing.</summary>
internal static class SqlitePage
{
    /// <summary>
    /// From this page number on, what an overflow page or a free page begins with, the number of the next one, may look like the
    /// type of a b-tree page; below it, it begins with a zero. At 4 KiB a page that is 128 GiB.
    /// </summary>
    public const long Ambiguous = 0x0200_0000;

    private const int FileHeader = 100;

    /// <summary>
    /// The space between the list of a b-tree page's cells and their contents, which nobody reads. SQLite overwrites with zeros what
    /// it deletes, but not what is left here when it builds a page anew after its cells have moved to another.
    /// </summary>
    /// <param name="page">The whole page.</param>
    /// <param name="isFirst">Whether it is the one that begins with the header of the file.</param>
    /// <param name="usable">Bytes of a page that SQLite uses.</param>
    public static Range Gap(ReadOnlySpan<byte> page, bool isFirst, int usable)
    {
        var header = page[(isFirst ? FileHeader : 0)..];
        var headerLength = header[0] switch
        {
            2 or 5 => 12,
            10 or 13 => 8,
            _ => 0,
        };
        if (headerLength == 0)
            return default;

        var cells = BinaryPrimitives.ReadUInt16BigEndian(header[3..]);
        var contents = BinaryPrimitives.ReadUInt16BigEndian(header[5..]) is var start and > 0 ? start : 65536;
        var begin = page.Length - header.Length + headerLength + 2 * cells;
        return begin <= contents && contents <= usable ? begin..contents : default;
    }
}
