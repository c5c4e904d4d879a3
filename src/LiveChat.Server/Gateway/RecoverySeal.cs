using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace LiveChat.Server.Gateway;

/// <summary>
/// Makes and checks the <c>pid</c> that a client comes back with: who it was, in which conversation and until when it counts, sealed
/// with a key that all servers of a store share. So any of them can check it, and none has to remember anything. Thread-safe.
/// </summary>
internal sealed class RecoverySeal(byte[] key, TimeSpan lifetime, TimeProvider clock)
{
    private const int ConversationAt = 0, ExpiryAt = 16, NonceAt = 24, PayloadLength = 32, SealLength = 32;

    public string Make(HandshakeParameters parameters, Guid conversationId)
    {
        Span<byte> pid = stackalloc byte[PayloadLength + SealLength];
        conversationId.TryWriteBytes(pid[ConversationAt..], bigEndian: true, out _);
        BinaryPrimitives.WriteInt64BigEndian(pid[ExpiryAt..], (clock.GetUtcNow() + lifetime).ToUnixTimeSeconds());
        RandomNumberGenerator.Fill(pid[NonceAt..PayloadLength]);
        Seal(pid[..PayloadLength], parameters, pid[PayloadLength..]);
        return Base64Url.EncodeToString(pid);
    }

    /// <summary>The conversation that the pid was made for; null when it is not one of ours, was made for somebody else, or is too old.</summary>
    public Guid? Open(string pid, HandshakeParameters parameters)
    {
        Span<byte> given = stackalloc byte[PayloadLength + SealLength];
        if (pid.Length != Base64Url.GetEncodedLength(given.Length) || !Base64Url.TryDecodeFromChars(pid, given, out var length) || length != given.Length)
            return null;

        Span<byte> seal = stackalloc byte[SealLength];
        Seal(given[..PayloadLength], parameters, seal);
        if (!CryptographicOperations.FixedTimeEquals(seal, given[PayloadLength..]))
            return null;
        return BinaryPrimitives.ReadInt64BigEndian(given[ExpiryAt..]) > clock.GetUtcNow().ToUnixTimeSeconds()
            ? new Guid(given[ConversationAt..ExpiryAt], bigEndian: true)
            : null;
    }

    /// <summary>Over the payload and what the client says it is, so that one client's pid is worth nothing to another.</summary>
    private void Seal(ReadOnlySpan<byte> payload, HandshakeParameters parameters, Span<byte> seal)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        hash.AppendData(payload);
        hash.AppendData(Encoding.UTF8.GetBytes($"{parameters.Role}\0{parameters.ConversationId}\0{parameters.WatchesQueue}\0{parameters.Fingerprint}"));
        hash.GetHashAndReset(seal);
    }
}
