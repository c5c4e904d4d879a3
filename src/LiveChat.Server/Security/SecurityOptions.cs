namespace LiveChat.Server.Security;

public sealed class SecurityOptions
{
    /// <summary>
    /// How callers prove who they are: <c>None</c>, or one or several of <c>ApiKey</c>, <c>Jwt</c> and <c>Proxy</c> as a comma list. Must be
    /// chosen outside Development, where the default is <c>None</c>.
    /// </summary>
    public string? Authentication { get; set; }

    /// <summary>The web origins that browsers may call from. Default none; in Development any localhost.</summary>
    public IList<string> AllowedOrigins { get; } = [];

    /// <summary>Networks (CIDR) whose peers say by <c>Forwarded</c> or <c>X-Forwarded-For</c> whom they pass on. Default none.</summary>
    public IList<string> ForwardedFrom { get; } = [];

    /// <summary>Whether a visitor may start a conversation without a credential, where authentication is on. Default true.</summary>
    public bool AnonymousCustomers { get; set; } = true;

    /// <summary>The keys of backends that act for others.</summary>
    public IList<ApiKeyOptions> ApiKeys { get; } = [];

    public JwtOptions Jwt { get; } = new();

    public ProxyOptions Proxy { get; } = new();

    public SessionTokenOptions SessionToken { get; } = new();

    public IdentityOptions Identity { get; } = new();

    public RateLimitOptions RateLimit { get; } = new();

    /// <summary>What <see cref="Authentication"/> says, once it is known to say something.</summary>
    internal AuthenticationModes Modes => TryParseModes(Authentication, out var modes) ? modes : AuthenticationModes.None;

    internal static bool TryParseModes(string? text, out AuthenticationModes modes)
    {
        modes = AuthenticationModes.None;
        var words = (text ?? "").Split(',', StringSplitOptions.TrimEntries);
        foreach (var word in words)
        {
            if (word.Length == 0 || char.IsDigit(word[0]) || !Enum.TryParse(word, ignoreCase: true, out AuthenticationModes mode) || !Enum.IsDefined(mode))
                return false;
            if (mode is AuthenticationModes.None && words.Length > 1)
                return false;
            modes |= mode;
        }

        return true;
    }
}

[Flags]
internal enum AuthenticationModes
{
    /// <summary>Anybody may call.</summary>
    None = 0,
    ApiKey = 1,
    Jwt = 2,
    Proxy = 4,
}

public sealed class ApiKeyOptions
{
    /// <summary>What the key is called in logs and metrics.</summary>
    public string Name { get; set; } = "";

    /// <summary><c>sha256:</c> and the hash of the key in hexadecimal; <c>LiveChat.Server apikey</c> makes both.</summary>
    public string Hash { get; set; } = "";

    /// <summary>Of <c>customer</c>, <c>agent</c>, <c>supervisor</c>, <c>admin</c>.</summary>
    public IList<string> Roles { get; } = [];
}

public sealed class JwtOptions
{
    /// <summary>The address of an OpenID Connect provider, whose keys are found by discovery.</summary>
    public string? Authority { get; set; }

    /// <summary>Keys instead of a provider's: the path of a PEM public key or a JWK set, or <c>base64:</c> and a secret of 32 bytes or more.</summary>
    public IList<string> SigningKeys { get; } = [];

    /// <summary>What <c>iss</c> must be. Required.</summary>
    public string? Issuer { get; set; }

    /// <summary>What must be in <c>aud</c>. Required.</summary>
    public string? Audience { get; set; }

    /// <summary>How far clocks may differ. Default 30 s.</summary>
    public TimeSpan ClockSkew { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The claim that is the customer's fingerprint or the agent's id. Default <c>sub</c>.</summary>
    public string IdClaim { get; set; } = "sub";

    /// <summary>Default <c>name</c>.</summary>
    public string NameClaim { get; set; } = "name";

    /// <summary>A text, a list, or words parted by spaces. Default <c>role</c>.</summary>
    public string RoleClaim { get; set; } = "role";
}

public sealed class ProxyOptions
{
    /// <summary>Networks (CIDR) of the proxies that have authenticated whom they pass on. Required in the mode <c>Proxy</c>.</summary>
    public IList<string> TrustedNetworks { get; } = [];

    /// <summary>Default <c>X-Auth-User</c>.</summary>
    public string UserHeader { get; set; } = "X-Auth-User";

    /// <summary>Default <c>X-Auth-Name</c>.</summary>
    public string NameHeader { get; set; } = "X-Auth-Name";

    /// <summary>A comma list. Default <c>X-Auth-Roles</c>.</summary>
    public string RolesHeader { get; set; } = "X-Auth-Roles";
}

public sealed class SessionTokenOptions
{
    /// <summary>How long a visitor's token counts. Default 24 h.</summary>
    public TimeSpan Lifetime { get; set; } = TimeSpan.FromHours(24);

    /// <summary>How long after its end it can still be exchanged for a new one. Default 30 days.</summary>
    public TimeSpan Renewal { get; set; } = TimeSpan.FromDays(30);
}

public sealed class IdentityOptions
{
    /// <summary>What a website signs the ids of its visitors with (HMAC-SHA256), 16 characters or more. Several, so that they can be exchanged.</summary>
    public IList<string> Secrets { get; } = [];

    /// <summary>Whether a visitor without a signed id is refused. Default false.</summary>
    public bool Required { get; set; }
}

/// <summary>A token bucket per caller. Either value 0 turns the limit off.</summary>
public sealed class RateLimitOptions
{
    /// <summary>How many calls may come at once. Default 200.</summary>
    public int PermitLimit { get; set; } = 200;

    /// <summary>How many calls a second may follow. Default 20.</summary>
    public int TokensPerSecond { get; set; } = 20;

    /// <summary>Of handshakes, per address. Default 300 and 30.</summary>
    public BucketOptions Handshakes { get; } = new() { PermitLimit = 300, TokensPerSecond = 30 };

    /// <summary>Of credentials that were not good, per address. Default 20 and 1.</summary>
    public BucketOptions Failures { get; } = new() { PermitLimit = 20, TokensPerSecond = 1 };
}

/// <summary>Either value 0 turns the limit off.</summary>
public sealed class BucketOptions
{
    public int PermitLimit { get; set; }

    public int TokensPerSecond { get; set; }
}
