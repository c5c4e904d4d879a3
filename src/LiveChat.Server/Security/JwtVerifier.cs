using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace LiveChat.Server.Security;

/// <summary>Verifies JWTs by the framework's handler: signature, algorithm, issuer, audience and times. Thread-safe.</summary>
internal sealed class JwtVerifier
{
    /// <summary>Those that are made with a key that others do not know, or with a secret; an algorithm fits one kind of key alone.</summary>
    private static readonly string[] Algorithms =
    [
        SecurityAlgorithms.HmacSha256, SecurityAlgorithms.HmacSha384, SecurityAlgorithms.HmacSha512,
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    private readonly JwtOptions _options;
    private readonly IssuerKeys? _issuer;
    private readonly TimeProvider _clock;
    private readonly ILogger<JwtVerifier> _log;
    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = Authenticator.LongestCredential };
    private readonly IReadOnlyList<SecurityKey> _configured;

    public JwtVerifier(JwtOptions options, IssuerKeys? issuer, TimeProvider clock, ILogger<JwtVerifier> log)
    {
        (_options, _issuer, _clock, _log) = (options, issuer, clock, log);
        _configured = [.. options.SigningKeys.SelectMany(SigningKeys.Read)];
    }

    public static bool LooksLikeOne(string token) => token.AsSpan().Count('.') == 2;

    /// <summary>Whose token it is; null when it is not good.</summary>
    /// <exception cref="ChatException">The keys that it would be verified with cannot be had.</exception>
    public async ValueTask<PersonPrincipal?> VerifyAsync(string token)
    {
        if (_issuer is null)
            return Principal(await ValidateAsync(token, _configured));

        var keys = await _issuer.GetAsync();
        if (keys is null && _configured.Count == 0)
            throw new ChatException(new ChatError(ErrorCodes.Unavailable, "Credentials cannot be judged: the provider of keys does not answer."));

        var result = await ValidateAsync(token, [.. _configured, .. keys ?? []]);
        if (result.Exception is SecurityTokenSignatureKeyNotFoundException && await _issuer.RefreshAsync() is { } fresh)
            result = await ValidateAsync(token, [.. _configured, .. fresh]);
        return Principal(result);
    }

    private Task<TokenValidationResult> ValidateAsync(string token, IEnumerable<SecurityKey> keys) =>
        _handler.ValidateTokenAsync(token, new TokenValidationParameters
        {
            IssuerSigningKeys = keys,
            ValidAlgorithms = Algorithms,
            ValidIssuer = _options.Issuer,
            ValidAudience = _options.Audience,
            RequireSignedTokens = true,
            RequireExpirationTime = true,
            LifetimeValidator = IsInTime,
        });

    /// <summary>By the product's clock.</summary>
    private bool IsInTime(DateTime? notBefore, DateTime? expires, SecurityToken token, TokenValidationParameters parameters)
    {
        var now = _clock.GetUtcNow().UtcDateTime;
        return expires is { } end && now < Later(end, _options.ClockSkew) && (notBefore is not { } start || Later(now, _options.ClockSkew) >= start);
    }

    private PersonPrincipal? Principal(TokenValidationResult result)
    {
        // What a token says must be understood (RFC 7515, 4.1.11), and we know of no extension.
        if (!result.IsValid || result.SecurityToken is not JsonWebToken token || token.TryGetHeaderValue<object>("crit", out _))
        {
            SecurityLog.TokenRefused(_log, result.Exception?.GetType().Name ?? "an extension that must be understood");
            return null;
        }

        var id = Claim(token, _options.IdClaim);
        if (!PersonIds.IsOne(id))
        {
            SecurityLog.TokenRefused(_log, "no id in the claim that IdClaim names");
            return null;
        }

        var roles = token.Claims
            .Where(claim => claim.Type == _options.RoleClaim)
            .Aggregate(Roles.None, (all, claim) => all | RoleNames.Parse(claim.Value, ' '));
        return new PersonPrincipal(id, PersonIds.Name(Claim(token, _options.NameClaim)), roles)
        {
            ExpiresAt = new DateTimeOffset(Later(token.ValidTo, _options.ClockSkew)),
            StatedEnd = new DateTimeOffset(token.ValidTo),
        };
    }

    private static string? Claim(JsonWebToken token, string name) => token.Claims.FirstOrDefault(claim => claim.Type == name)?.Value;

    private static DateTime Later(DateTime time, TimeSpan by) => time > DateTime.MaxValue - by ? time : time + by;
}
