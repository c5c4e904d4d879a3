using System.Buffers;

namespace EngineIO;

/// <summary>Arrays of the shared pool that grow with what is put into them.</summary>
internal static class PooledBuffer
{
    /// <summary>
    /// Makes room for more bytes behind the contents: nothing changes if there is room, else the contents move to the front or to a
    /// larger array. The array at least doubles when it grows, so that bytes are copied a bounded number of times.
    /// </summary>
    /// <param name="buffer">The array, null before the first. The one that is given up goes back to the pool.</param>
    /// <param name="start">Where its contents begin.</param>
    /// <param name="end">Where they end.</param>
    /// <param name="room">How many bytes are to fit behind them.</param>
    /// <param name="most">Beyond this size it grows by what is needed and no more.</param>
    public static void MakeRoom(ref byte[]? buffer, ref int start, ref int end, int room, int most = int.MaxValue)
    {
        if (buffer is not null && buffer.Length - end >= room)
            return;

        var length = end - start;
        if (buffer is not null && length <= buffer.Length / 2 && length + room <= buffer.Length)
        {
            buffer.AsSpan(start, length).CopyTo(buffer);
        }
        else
        {
            var grown = ArrayPool<byte>.Shared.Rent(Math.Max(length + room, (int)Math.Min(2L * length, most)));
            if (buffer is not null)
            {
                buffer.AsSpan(start, length).CopyTo(grown);
                ArrayPool<byte>.Shared.Return(buffer);
            }

            buffer = grown;
        }

        (start, end) = (0, length);
    }

    /// <summary>Gives the array back to the pool, if there is one.</summary>
    public static void Return(ref byte[]? buffer)
    {
        if (buffer is not null)
            ArrayPool<byte>.Shared.Return(buffer);
        buffer = null;
    }
}
