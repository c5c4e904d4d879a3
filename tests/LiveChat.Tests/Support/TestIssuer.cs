using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace LiveChat.Tests.Support;

/// <summary>Makes tokens as an identity provider does, and as those do who have none of its keys.</summary>
internal sealed class TestIssuer : IDisposable
{
    public const string Name = "https://issuer.example";
    public const string Audience = "livechat";

    private readonly RSA _rsa = RSA.Create(2048);
    private readonly RSA _other = RSA.Create(2048);

    public string Secret { get; } = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    public string PublicPem => _rsa.ExportSubjectPublicKeyInfoPem();

    public string KeyId { get; set; } = "key-1";

    /// <summary>The settings of a server that believes in it, by a secret of both.</summary>
    public string[] Settings =>
    [
        "Chat:Security:Authentication=Jwt",
        $"Chat:Security:Jwt:Issuer={Name}",
        $"Chat:Security:Jwt:Audience={Audience}",
        $"Chat:Security:Jwt:SigningKeys:0=base64:{Secret}",
    ];

    /// <summary>A token by the secret.</summary>
    public string Token(string id, object roles, Action<Dictionary<string, object>>? change = null) =>
        Make(new SigningCredentials(new SymmetricSecurityKey(Convert.FromBase64String(Secret)), SecurityAlgorithms.HmacSha256), id, roles, change);

    /// <summary>A token that says that whoever reads it must know an extension.</summary>
    public string CriticalToken(string id, object roles) => new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(
        JsonSerializer.Serialize(Claims(id, roles)),
        new SigningCredentials(new SymmetricSecurityKey(Convert.FromBase64String(Secret)), SecurityAlgorithms.HmacSha256),
        new Dictionary<string, object> { ["crit"] = new[] { "x" }, ["x"] = "y" });

    /// <summary>A token by the private key.</summary>
    public string RsaToken(string id, object roles, Action<Dictionary<string, object>>? change = null) =>
        Make(new SigningCredentials(new RsaSecurityKey(_rsa) { KeyId = KeyId }, SecurityAlgorithms.RsaSha256), id, roles, change);

    /// <summary>By a key that nobody knows.</summary>
    public string ForgedToken(string id, object roles) =>
        Make(new SigningCredentials(new RsaSecurityKey(_other) { KeyId = KeyId }, SecurityAlgorithms.RsaSha256), id, roles, null);

    /// <summary>Signed with the text of the public key as if it were a secret.</summary>
    public string ConfusedToken(string id, object roles) =>
        Make(new SigningCredentials(new SymmetricSecurityKey(Encoding.UTF8.GetBytes(PublicPem)), SecurityAlgorithms.HmacSha256), id, roles, null);

    public string UnsignedToken(string id, object roles)
    {
        var claims = Claims(id, roles);
        return $"{Encode("""{"alg":"none","typ":"JWT"}""")}.{Encode(JsonSerializer.Serialize(claims))}.";

        static string Encode(string text) => Base64UrlEncoder.Encode(Encoding.UTF8.GetBytes(text));
    }

    /// <summary>One character of the payload is another.</summary>
    public string TamperedToken(string id, object roles)
    {
        var parts = Token(id, roles).Split('.');
        var payload = parts[1].ToCharArray();
        payload[8] = payload[8] == 'A' ? 'B' : 'A';
        return $"{parts[0]}.{new string(payload)}.{parts[2]}";
    }

    public string JsonWebKeySet()
    {
        var key = JsonWebKeyConverter.ConvertFromRSASecurityKey(new RsaSecurityKey(_rsa.ExportParameters(false)) { KeyId = KeyId });
        return JsonSerializer.Serialize(new { keys = new[] { new { kty = key.Kty, kid = key.Kid, use = "sig", alg = "RS256", n = key.N, e = key.E } } });
    }

    public static long In(TimeSpan time) => (TimeProvider.System.GetUtcNow() + time).ToUnixTimeSeconds();

    public void Dispose()
    {
        _rsa.Dispose();
        _other.Dispose();
    }

    private static Dictionary<string, object> Claims(string id, object roles) => new()
    {
        ["iss"] = Name,
        ["aud"] = Audience,
        ["sub"] = id,
        ["name"] = $"Name of {id}",
        ["role"] = roles,
        ["exp"] = In(TimeSpan.FromHours(1)),
    };

    private static string Make(SigningCredentials credentials, string id, object roles, Action<Dictionary<string, object>>? change)
    {
        var claims = Claims(id, roles);
        change?.Invoke(claims);
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(JsonSerializer.Serialize(claims), credentials);
    }
}
