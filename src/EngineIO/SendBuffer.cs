using System.Diagnostics.CodeAnalysis;
using EngineIO.Protocol;

namespace EngineIO;

/// <summary>
/// Packets that wait for a session's transport, bounded by bytes and by count. Taken packets stay counted until the
/// transport reports them flushed, so that the bound covers what the operating system has not accepted yet.
/// Not thread-safe: the session's gate owns it. Idle, it holds no list.
/// </summary>
internal struct SendBuffer(int maxBytes, int maxPackets)
{
    [ThreadStatic]
    private static List<Packet>? t_spare;

    private List<Packet>? _waiting;
    private int _bytes;
    private int _inFlight;

    public readonly int Bytes => _bytes;

    public readonly bool IsEmpty => _waiting is null;

    public readonly bool IsBelowHalf => _bytes <= maxBytes / 2 && (_waiting?.Count ?? 0) <= maxPackets / 2;

    /// <summary>Appends packets as one unit. False when that would pass a limit; then nothing is appended.</summary>
    public bool TryAdd(Packet first, ReadOnlySpan<Packet> more)
    {
        var size = first.Size;
        foreach (var packet in more)
            size += packet.Size;

        var count = _waiting?.Count ?? 0;
        // One unit always fits into an empty buffer: the limit is for the backlog, not for the size of a message.
        if ((_bytes > 0 && _bytes + (long)size > maxBytes) || (count > 0 && count + 1 + more.Length > maxPackets))
            return false;

        _bytes += size;
        if (_waiting is null)
        {
            _waiting = t_spare ?? new List<Packet>(16);
            t_spare = null;
        }

        _waiting.Add(first);
        foreach (var packet in more)
            _waiting.Add(packet);
        return true;
    }

    /// <summary>Hands everything over; <see cref="Flushed"/> follows when it was written.</summary>
    public bool TryTake([NotNullWhen(true)] out List<Packet>? packets)
    {
        packets = _waiting;
        if (packets is null)
            return false;

        _waiting = null;
        _inFlight = _bytes;
        return true;
    }

    /// <summary>What the last <see cref="TryTake"/> gave was written.</summary>
    public void Flushed()
    {
        _bytes -= _inFlight;
        _inFlight = 0;
    }

    public void Clear()
    {
        _waiting = null;
        _bytes = _inFlight = 0;
    }

    /// <summary>Gives a list that was taken back for reuse on this thread.</summary>
    public static void Recycle(List<Packet> packets)
    {
        if (packets.Capacity > 256)
            return;
        packets.Clear();
        t_spare = packets;
    }
}
