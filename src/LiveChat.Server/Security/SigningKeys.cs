using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;

namespace LiveChat.Server.Security;

/// <summary>Keys that tokens are verified with, from the configuration: a secret, a PEM public key, or a JWK set.</summary>
internal static class SigningKeys
{
    public const string SecretPrefix = "base64:";

    private const int ShortestSecret = 32;

    /// <summary>In bits.</summary>
    private const int ShortestRsaKey = 2048;

    /// <summary>The keys that the setting names.</summary>
    /// <exception cref="FormatException">There are none; the message says why, without the setting's value.</exception>
    public static IEnumerable<SecurityKey> Read(string setting)
    {
        if (setting.StartsWith(SecretPrefix, StringComparison.Ordinal))
            return [Secret(setting[SecretPrefix.Length..])];

        string text;
        try
        {
            text = File.ReadAllText(setting);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new FormatException("must be the path of a file that can be read, or base64: and a secret", exception);
        }

        return text.TrimStart().StartsWith('{') ? Set(text) : [Pem(text)];
    }

    private static SymmetricSecurityKey Secret(string base64)
    {
        var secret = new byte[base64.Length];
        if (!Convert.TryFromBase64String(base64, secret, out var length) || length < ShortestSecret)
            throw new FormatException($"must hold {ShortestSecret} bytes or more in base64");
        return new SymmetricSecurityKey(secret[..length]);
    }

    private static IList<SecurityKey> Set(string json)
    {
        try
        {
            var keys = new JsonWebKeySet(json).GetSigningKeys();
            return keys.Count > 0 ? keys : throw new FormatException("must be a JWK set with a key for signatures");
        }
        catch (ArgumentException exception)
        {
            throw new FormatException("must be a JWK set", exception);
        }
    }

    private static SecurityKey Pem(string pem)
    {
        if (pem.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
            throw new FormatException("must be a public key: the private one is the issuer's alone");

        var rsa = RSA.Create();
        try
        {
            rsa.ImportFromPem(pem);
            return rsa.KeySize >= ShortestRsaKey ? new RsaSecurityKey(rsa) : throw new FormatException($"must be of {ShortestRsaKey} bits or more");
        }
        catch (Exception exception) when (exception is ArgumentException or CryptographicException)
        {
            rsa.Dispose();
        }

        var ec = ECDsa.Create();
        try
        {
            ec.ImportFromPem(pem);
            return new ECDsaSecurityKey(ec);
        }
        catch (Exception exception) when (exception is ArgumentException or CryptographicException)
        {
            ec.Dispose();
            throw new FormatException("must be a file with one public key in PEM, or a JWK set", exception);
        }
    }
}
