using SocketIO.Protocol;

namespace SocketIO;

/// <summary>
/// Keeps live packets back while a recovered socket is given what it missed, so that neither overtakes the other, and
/// drops those that the replay has brought already. Bounded like the send buffer; beyond it the socket has to be ended.
/// </summary>
internal sealed class ReplayHold(int maxBytes, int maxPackets)
{
    private readonly Lock _lock = new();
    private readonly HashSet<string> _replayed = new(StringComparer.Ordinal);
    private readonly AsyncLocal<bool> _replaying = new();
    private Queue<(EncodedPacket Packet, string? Offset)>? _held = new();
    private int _bytes;
    private bool _overflowed;

    /// <summary>Marks what is emitted from here on, in this flow of control, as the replay.</summary>
    public void BeginReplay() => _replaying.Value = true;

    /// <summary>Keeps a packet. False when it is to be sent: by the replay, or because the replay is over.</summary>
    public bool TryHold(EncodedPacket packet, bool isVolatile, string? offset)
    {
        lock (_lock)
        {
            if (_held is null)
                return false;
            if (_replaying.Value)
            {
                if (offset is not null)
                    _replayed.Add(offset);
                return false;
            }

            if (isVolatile)
                return true;
            _bytes += packet.First.Size + (packet.Attachments?.Sum(attachment => attachment.Size) ?? 0);
            if (_bytes > maxBytes || _held.Count >= maxPackets)
                _overflowed = true;
            else
                _held.Enqueue((packet, offset));
            return true;
        }
    }

    /// <summary>Sends what was kept. False when it was too much to keep.</summary>
    public bool Release(Func<EncodedPacket, bool> send)
    {
        lock (_lock)
        {
            while (_held!.TryDequeue(out var held))
            {
                if (held.Offset is null || !_replayed.Contains(held.Offset))
                    send(held.Packet);
            }

            _held = null;
            return !_overflowed;
        }
    }
}
