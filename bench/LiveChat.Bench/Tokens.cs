using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace LiveChat.Bench;

/// <summary>The tokens of an identity provider of its own: RS256, with the claims that providers usually add.</summary>
internal sealed class Tokens : IDisposable
{
    public const string Issuer = "https://issuer.example";
    public const string Audience = "livechat";

    private readonly RSA _key = RSA.Create(2048);

    public string PublicKey => _key.ExportSubjectPublicKeyInfoPem();

    public string Make(string id, string role)
    {
        var now = TimeProvider.System.GetUtcNow();
        var claims = new
        {
            iss = Issuer, aud = Audience, sub = id, name = "Jane Doe", role, email = "jane@shop.example", sid = Guid.NewGuid(),
            iat = now.ToUnixTimeSeconds(), exp = now.AddHours(1).ToUnixTimeSeconds(),
        };
        var signed = $"{Encode("""{"alg":"RS256","typ":"JWT"}"""u8)}.{Encode(JsonSerializer.SerializeToUtf8Bytes(claims))}";
        return $"{signed}.{Encode(_key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    public void Dispose() => _key.Dispose();

    private static string Encode(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);
}
