using System.Security.Cryptography;
using System.Text;

namespace LiveChat.Server.Security;

/// <summary>A website's word for who its visitor is: the HMAC-SHA256 of the fingerprint under a secret that the website's backend shares with us.</summary>
internal sealed class VisitorIdentity(IdentityOptions options)
{
    private readonly byte[][] _secrets = [.. options.Secrets.Select(Encoding.UTF8.GetBytes)];

    public bool IsRequired => options.Required;

    /// <summary>Whether the hash is right under any of the secrets: in lower-case hexadecimal, as it was agreed on.</summary>
    public bool IsRight(string fingerprint, string hash)
    {
        var given = Encoding.UTF8.GetBytes(hash);
        var id = Encoding.UTF8.GetBytes(fingerprint);
        var isRight = false;
        foreach (var secret in _secrets)
        {
            var expected = Encoding.ASCII.GetBytes(Convert.ToHexStringLower(HMACSHA256.HashData(secret, id)));
            isRight |= CryptographicOperations.FixedTimeEquals(expected, given);
        }

        return isRight;
    }
}
