using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace LiveChat.Server.Security;

/// <summary>A credential's SHA-256: what it is found by where the credential itself is not to be kept.</summary>
internal readonly struct CredentialHash : IEquatable<CredentialHash>
{
    private readonly UInt128 _high, _low;

    public CredentialHash(ReadOnlySpan<byte> hash)
    {
        _high = MemoryMarshal.Read<UInt128>(hash);
        _low = MemoryMarshal.Read<UInt128>(hash[16..]);
    }

    public static CredentialHash Of(string credential)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> utf8 = credential.Length <= 2048 ? stackalloc byte[3 * credential.Length] : new byte[3 * credential.Length];
        SHA256.HashData(utf8[..Encoding.UTF8.GetBytes(credential, utf8)], hash);
        return new CredentialHash(hash);
    }

    public bool Equals(CredentialHash other) => _high == other._high && _low == other._low;

    public override bool Equals(object? obj) => obj is CredentialHash other && Equals(other);

    public override int GetHashCode() => _low.GetHashCode();
}
