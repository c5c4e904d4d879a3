using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace LiveChat.Server.Storage.Move;

/// <summary>How many rows there are, and a sum over what is in them that does not depend on their order.</summary>
internal sealed class RowSum
{
    private readonly StringBuilder _row = new();

    public long Rows { get; private set; }

    public ulong Sum { get; private set; }

    public void Add(object? value)
    {
        // So that no two rows look alike by where a value ends.
        var text = value switch
        {
            null => "-",
            byte[] bytes => Convert.ToHexString(bytes),
            IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
            _ => value.ToString()!,
        };
        _row.Append(CultureInfo.InvariantCulture, $"{text.Length}:{text};");
    }

    public void EndRow()
    {
        Sum += BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(_row.ToString())));
        Rows++;
        _row.Clear();
    }
}
