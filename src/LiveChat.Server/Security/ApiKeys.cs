using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace LiveChat.Server.Security;

/// <summary>
/// The keys of backends, of which only hashes are kept: what is in the configuration opens nothing. A key is random and long, so a plain hash
/// cannot be searched, and looking one up by its hash tells nothing by the time that it takes.
/// </summary>
internal sealed class ApiKeys(SecurityOptions options)
{
    public const string HashPrefix = "sha256:";

    /// <summary>What keys that we make begin with, so that scanners of leaked secrets know one.</summary>
    private const string KeyPrefix = "lck_";

    private readonly Dictionary<CredentialHash, KeyPrincipal> _keys = options.ApiKeys.ToDictionary(
        key => new CredentialHash(Convert.FromHexString(key.Hash[HashPrefix.Length..])),
        key => new KeyPrincipal(key.Name, key.Roles.Aggregate(Roles.None, (roles, name) => roles | RoleNames.Find(name))));

    public bool TryFind(CredentialHash hash, [NotNullWhen(true)] out KeyPrincipal? principal) => _keys.TryGetValue(hash, out principal);

    /// <summary>A new key and what is configured of it.</summary>
    public static (string Key, string Hash) Make()
    {
        var key = KeyPrefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        return (key, HashPrefix + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key))));
    }

    /// <summary>Whether it has the form of a configured hash.</summary>
    public static bool IsHash(string hash) =>
        hash.StartsWith(HashPrefix, StringComparison.Ordinal)
        && hash.Length == HashPrefix.Length + 64
        && hash.AsSpan(HashPrefix.Length).ToString().All(char.IsAsciiHexDigit);
}
