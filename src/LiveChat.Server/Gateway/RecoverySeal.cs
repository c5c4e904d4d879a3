using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using LiveChat.Server.Realtime;
using LiveChat.Server.Wire;

namespace LiveChat.Server.Gateway;

/// <summary>
/// Makes and checks the <c>pid</c> that a client comes back with: who it was, in which conversation and until when it counts, sealed
/// with a key that all servers of a store share, and its epoch: what was given out for another log counts no more. So any of them can check it, and none has to remember anything. Thread-safe.
/// </summary>
internal sealed class RecoverySeal(byte[] key, StoreEpoch epoch, TimeSpan lifetime, TimeProvider clock)
{
    private const int ConversationAt = 0, SequenceAt = 16, ExpiryAt = 24, NonceAt = 32, PayloadLength = 40, SealLength = 32;

    /// <param name="parameters">What the client says it is.</param>
    /// <param name="identity">Who it was found to be.</param>
    /// <param name="start">The conversation, and what the client has seen of it before its first event.</param>
    public string Make(HandshakeParameters parameters, string identity, ResumePoint start)
    {
        Span<byte> pid = stackalloc byte[PayloadLength + SealLength];
        start.ConversationId.TryWriteBytes(pid[ConversationAt..], bigEndian: true, out _);
        BinaryPrimitives.WriteInt64BigEndian(pid[SequenceAt..], start.Sequence);
        BinaryPrimitives.WriteInt64BigEndian(pid[ExpiryAt..], (clock.GetUtcNow() + lifetime).ToUnixTimeSeconds());
        RandomNumberGenerator.Fill(pid[NonceAt..PayloadLength]);
        Seal(pid[..PayloadLength], parameters, identity, pid[PayloadLength..]);
        return Base64Url.EncodeToString(pid);
    }

    /// <summary>What the pid was made with; null when it is not one of ours, was made for somebody else, or is too old.</summary>
    public ResumePoint? Open(string pid, HandshakeParameters parameters, string identity)
    {
        Span<byte> given = stackalloc byte[PayloadLength + SealLength];
        if (pid.Length != Base64Url.GetEncodedLength(given.Length) || !Base64Url.TryDecodeFromChars(pid, given, out var length) || length != given.Length)
            return null;

        Span<byte> seal = stackalloc byte[SealLength];
        Seal(given[..PayloadLength], parameters, identity, seal);
        if (!CryptographicOperations.FixedTimeEquals(seal, given[PayloadLength..]))
            return null;
        return BinaryPrimitives.ReadInt64BigEndian(given[ExpiryAt..]) > clock.GetUtcNow().ToUnixTimeSeconds()
            ? new ResumePoint(new Guid(given[ConversationAt..SequenceAt], bigEndian: true), BinaryPrimitives.ReadInt64BigEndian(given[SequenceAt..]))
            : null;
    }

    /// <summary>Over the payload and what the client says and was found to be, so that one client's pid is worth nothing to another.</summary>
    private void Seal(ReadOnlySpan<byte> payload, HandshakeParameters parameters, string identity, Span<byte> seal)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        hash.AppendData(payload);
        hash.AppendData(Encoding.UTF8.GetBytes($"{parameters.Role}\0{parameters.ConversationId}\0{parameters.WatchesQueue}\0{parameters.Fingerprint}\0{identity}\0{epoch.Name}"));
        hash.GetHashAndReset(seal);
    }
}
