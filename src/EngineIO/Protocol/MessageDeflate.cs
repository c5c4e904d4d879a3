using System.Buffers;
using System.IO.Compression;

namespace EngineIO.Protocol;

/// <summary>
/// The compression of single WebSocket messages (permessage-deflate, RFC 7692). No message refers to one before it, in neither direction:
/// that costs some size, and spares a window of 32 KiB and more for each connection.
/// </summary>
internal static class MessageDeflate
{
    /// <summary>What a client is told that offers something of this kind.</summary>
    private const string Accepted = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

    // Ends each message before it is compressed, and is left out on the wire (section 7.2.1); then an empty last block, so that the
    // stream is complete.
    private static ReadOnlySpan<byte> Tail => [0x00, 0x00, 0xff, 0xff, 0x01, 0x00, 0x00, 0xff, 0xff];

    public enum Outcome
    {
        Done,
        Invalid,
        TooLarge,
    }

    /// <summary>Chooses among what a client offers (section 5). Null when it is nothing that can be done here.</summary>
    /// <param name="offered">The value of <c>Sec-WebSocket-Extensions</c>.</param>
    public static string? Negotiate(string offered)
    {
        foreach (var offer in offered.Split(','))
        {
            var parts = offer.Split(';', StringSplitOptions.TrimEntries);
            if (!parts[0].Equals("permessage-deflate", StringComparison.OrdinalIgnoreCase))
                continue;
            if (AreAcceptable(parts.AsSpan(1), out var window))
                return window ? Accepted + "; server_max_window_bits=15" : Accepted;
        }

        return null;
    }

    /// <summary>The whole frame of a message, compressed; null when that makes it no smaller.</summary>
    /// <param name="first">The first byte of its frame as it is.</param>
    /// <param name="payload">The message.</param>
    public static byte[]? Compress(byte first, ReadOnlySpan<byte> payload)
    {
        if (payload.IsEmpty)
            return null;

        using var compressed = new MemoryStream(payload.Length / 2);
        using var deflate = new DeflateStream(compressed, CompressionLevel.Optimal, leaveOpen: true);
        deflate.Write(payload);
        // This, and not the end of the stream, makes the four bytes come that are left out.
        deflate.Flush();
        var length = (int)compressed.Length - 4;
        if (length >= payload.Length)
            return null;

        var frame = FrameHeader.Allocate((byte)(first & 0x0f), length, out var headerLength);
        frame[0] |= FrameHeader.Compressed;
        compressed.GetBuffer().AsSpan(0, length).CopyTo(frame.AsSpan(headerLength));
        return frame;
    }

    /// <summary>Restores a message, up to the limit and no further, however much it would become.</summary>
    /// <param name="payload">The message as it came.</param>
    /// <param name="limit">How many bytes it may have.</param>
    /// <param name="message">The message in an array of the shared pool, which the caller returns whatever the outcome.</param>
    /// <param name="length">Its length.</param>
    public static Outcome Decompress(ReadOnlySpan<byte> payload, int limit, out byte[]? message, out int length)
    {
        message = null;
        length = 0;
        var source = ArrayPool<byte>.Shared.Rent(payload.Length + Tail.Length);
        try
        {
            payload.CopyTo(source);
            Tail.CopyTo(source.AsSpan(payload.Length));
            using var inflate = new DeflateStream(new MemoryStream(source, 0, payload.Length + Tail.Length), CompressionMode.Decompress);
            while (true)
            {
                // One more than the limit, so that what passes it is seen.
                var start = 0;
                PooledBuffer.MakeRoom(ref message, ref start, ref length, Math.Min(4096, limit + 1 - length), limit + 1);
                var read = inflate.Read(message.AsSpan(length, Math.Min(message!.Length - length, limit + 1 - length)));
                if (read == 0)
                    return Outcome.Done;
                length += read;
                if (length > limit)
                    return Outcome.TooLarge;
            }
        }
        catch (InvalidDataException)
        {
            return Outcome.Invalid;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(source);
        }
    }

    /// <summary>Whether the parameters of an offer are known, well-formed, named once, and can be met (section 7.1).</summary>
    private static bool AreAcceptable(ReadOnlySpan<string> parameters, out bool window)
    {
        window = false;
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var parameter in parameters)
        {
            var equals = parameter.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? parameter : parameter[..equals].TrimEnd();
            var value = equals < 0 ? null : parameter[(equals + 1)..].Trim().Trim('"');
            var acceptable = name switch
            {
                "server_no_context_takeover" or "client_no_context_takeover" => value is null,
                // A hint with which the client may be told to use less; it is not.
                "client_max_window_bits" => value is null || IsWindow(value),
                // The compression of this platform has one window.
                "server_max_window_bits" => value == "15",
                _ => false,
            };
            if (!acceptable || !seen.Add(name))
                return false;
            window |= name == "server_max_window_bits";
        }

        return true;
    }

    private static bool IsWindow(string value) => value is "8" or "9" or "10" or "11" or "12" or "13" or "14" or "15";
}
