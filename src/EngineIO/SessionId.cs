using System.Buffers.Text;
using System.Security.Cryptography;

namespace EngineIO;

/// <summary>Ids that cannot be guessed.</summary>
public static class SessionId
{
    private const int Bytes = 15;

    /// <summary>120 random bits as 20 characters of the URL-safe base64 alphabet.</summary>
    public static string New()
    {
        Span<byte> random = stackalloc byte[Bytes];
        RandomNumberGenerator.Fill(random);
        return Base64Url.EncodeToString(random);
    }
}
