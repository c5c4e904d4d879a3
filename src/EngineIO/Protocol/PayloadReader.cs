using System.Buffers;
using System.Buffers.Text;

namespace EngineIO.Protocol;

/// <summary>
/// Reads the packets of one polling request body, in order. The form is fixed by the session's revision and the body's
/// content type. Dispose returns the scratch buffer that decoded base64 lives in.
/// </summary>
internal ref struct PayloadReader(ReadOnlySpan<byte> body, PayloadForm form)
{
    private const byte Separator = 0x1e;

    private ReadOnlySpan<byte> _rest = body;
    private bool _started;
    private byte[]? _scratch;

    /// <summary>Whether what was read up to now is malformed. Reading ends there.</summary>
    public bool Failed { get; private set; }

    public bool TryRead(out ReceivedPacket packet)
    {
        packet = default;
        if (Failed)
            return false;
        if (_rest.IsEmpty && (_started || form is not PayloadForm.Revision4))
        {
            // An empty body holds no packet at all, which no client sends.
            Failed = !_started;
            return false;
        }

        var first = !_started;
        _started = true;
        var read = form switch
        {
            PayloadForm.Revision4 => TryReadSeparated(first, out packet),
            PayloadForm.Revision3Text => TryReadCounted(out packet),
            _ => TryReadBinary(out packet),
        };
        Failed = !read;
        return read;
    }

    public readonly void Dispose()
    {
        if (_scratch is not null)
            ArrayPool<byte>.Shared.Return(_scratch);
    }

    private bool TryReadSeparated(bool first, out ReceivedPacket packet)
    {
        packet = default;
        if (!first)
        {
            // The separator stays in front of each further packet, so that a trailing one reads as an empty packet.
            _rest = _rest[1..];
        }

        var end = _rest.IndexOf(Separator);
        var text = end < 0 ? _rest : _rest[..end];
        _rest = end < 0 ? default : _rest[end..];
        if (text.IsEmpty)
            return false;

        return text[0] == (byte)'b'
            ? TryDecodeBase64(text[1..], out packet)
            : ReceivedPacket.TryParseText(text, out packet);
    }

    private bool TryReadCounted(out ReceivedPacket packet)
    {
        packet = default;
        var colon = _rest.IndexOf((byte)':');
        if (colon is < 1 or > 10 || !Utf8Parser.TryParse(_rest[..colon], out uint units, out var digits) || digits != colon)
            return false;

        _rest = _rest[(colon + 1)..];
        if (!Utf16Length.TryTake(_rest, units, out var bytes) || bytes == 0)
            return false;

        var text = _rest[..bytes];
        _rest = _rest[bytes..];
        return text[0] == (byte)'b'
            ? text.Length > 1 && text[1] == (byte)'4' && TryDecodeBase64(text[2..], out packet)
            : ReceivedPacket.TryParseText(text, out packet);
    }

    private bool TryReadBinary(out ReceivedPacket packet)
    {
        packet = default;
        var kind = _rest[0];
        var end = _rest.IndexOf((byte)0xff);
        if (kind > 1 || end is < 2 or > 11)
            return false;

        long length = 0;
        foreach (var digit in _rest[1..end])
        {
            if (digit > 9)
                return false;
            length = (length * 10) + digit;
        }

        _rest = _rest[(end + 1)..];
        if (length == 0 || length > _rest.Length)
            return false;

        var data = _rest[..(int)length];
        _rest = _rest[(int)length..];
        if (kind == 0)
        {
            return data[0] == (byte)'b'
                ? data.Length > 1 && data[1] == (byte)'4' && TryDecodeBase64(data[2..], out packet)
                : ReceivedPacket.TryParseText(data, out packet);
        }

        if (data[0] != (byte)PacketType.Message)
            return false;

        packet = new ReceivedPacket(PacketType.Message, isBinary: true, data[1..]);
        return true;
    }

    private bool TryDecodeBase64(ReadOnlySpan<byte> base64, out ReceivedPacket packet)
    {
        packet = default;
        var needed = Base64.GetMaxDecodedFromUtf8Length(base64.Length);
        if (_scratch is null || _scratch.Length < needed)
        {
            if (_scratch is not null)
                ArrayPool<byte>.Shared.Return(_scratch);
            _scratch = ArrayPool<byte>.Shared.Rent(needed);
        }

        if (Base64.DecodeFromUtf8(base64, _scratch, out _, out var written) != OperationStatus.Done)
            return false;

        packet = new ReceivedPacket(PacketType.Message, isBinary: true, _scratch.AsSpan(0, written));
        return true;
    }
}
