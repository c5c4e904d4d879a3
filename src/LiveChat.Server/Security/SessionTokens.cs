using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;

namespace LiveChat.Server.Security;

/// <summary>
/// What a visitor without an account is known by: encrypted and signed with keys that all servers of a store share, so that it says nothing of
/// anybody and counts everywhere. Keys are the framework's data protection's: new ones come by themselves, old ones are still read. Thread-safe.
/// </summary>
internal sealed class SessionTokens(IDataProtectionProvider protection, SessionTokenOptions options, TimeProvider clock)
{
    private const int VouchedAt = 0, ChainAt = 1, EndAt = 17, FingerprintAt = 25;

    private readonly IDataProtector _protector = protection.CreateProtector("LiveChat.SessionToken.v1");

    public (string Token, DateTimeOffset ExpiresAt) Issue(string fingerprint, Guid chain, bool isVouchedFor)
    {
        // Whole seconds: what the token says is what the answer says.
        var expiresAt = DateTimeOffset.FromUnixTimeSeconds((clock.GetUtcNow() + options.Lifetime).ToUnixTimeSeconds());
        var payload = new byte[FingerprintAt + Encoding.UTF8.GetByteCount(fingerprint)];
        payload[VouchedAt] = isVouchedFor ? (byte)1 : (byte)0;
        chain.TryWriteBytes(payload.AsSpan(ChainAt), bigEndian: true, out _);
        BinaryPrimitives.WriteInt64BigEndian(payload.AsSpan(EndAt), expiresAt.ToUnixTimeSeconds());
        Encoding.UTF8.GetBytes(fingerprint, payload.AsSpan(FingerprintAt));
        return (WebEncoders.Base64UrlEncode(_protector.Protect(payload)), expiresAt);
    }

    /// <summary>Whose token it is; null when it is none of ours or cannot even be renewed any more.</summary>
    public VisitorPrincipal? Read(string token)
    {
        byte[] payload;
        try
        {
            payload = _protector.Unprotect(WebEncoders.Base64UrlDecode(token));
        }
        catch (Exception exception) when (exception is CryptographicException or FormatException)
        {
            return null;
        }

        if (payload.Length <= FingerprintAt)
            return null;

        var expiresAt = DateTimeOffset.FromUnixTimeSeconds(BinaryPrimitives.ReadInt64BigEndian(payload.AsSpan(EndAt)));
        var now = clock.GetUtcNow();
        if (now >= expiresAt + options.Renewal && now >= expiresAt)
            return null;
        return new VisitorPrincipal(
            Encoding.UTF8.GetString(payload.AsSpan(FingerprintAt)),
            new Guid(payload.AsSpan(ChainAt, 16), bigEndian: true),
            payload[VouchedAt] == 1)
        {
            ExpiresAt = expiresAt,
            StatedEnd = expiresAt,
            IsForRenewalOnly = now >= expiresAt,
        };
    }
}
