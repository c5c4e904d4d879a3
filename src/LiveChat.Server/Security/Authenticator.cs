namespace LiveChat.Server.Security;

/// <summary>
/// Judges what a call presents: the one way from a credential to a principal, for REST, handshakes and live sockets alike. What was good a
/// moment ago is not verified again; who presents bad ones is slowed down. Thread-safe.
/// </summary>
internal sealed class Authenticator(
    SecurityOptions options,
    ApiKeys keys,
    JwtVerifier? jwt,
    SessionTokens tokens,
    VerifiedCredentials verified,
    Buckets failures)
{
    /// <summary>The longest credential, in characters; a longer one is bad without a further look.</summary>
    public const int LongestCredential = 16 * 1024;

    private readonly AuthenticationModes _modes = options.Modes;

    public bool IsOff => _modes is AuthenticationModes.None;

    /// <summary>Who it is; <see cref="NobodyPrincipal"/> when nothing is presented.</summary>
    /// <param name="presented">The credentials.</param>
    /// <param name="address">Whose failures it counts among.</param>
    /// <param name="orRenewal">Whether a session token that has ended, and can be renewed, is good.</param>
    /// <exception cref="ChatException">
    /// <c>unauthenticated</c>: a credential is bad, or two are of different principals; <c>rate_limited</c>: too many from this address were bad.
    /// </exception>
    public async ValueTask<Principal> JudgeAsync(PresentedCredentials presented, string address, bool orRenewal = false)
    {
        Principal? found = null;
        if (presented.User is { } user)
            found = Same(found, Person(user, presented), address);
        if (presented.ApiKey is { } key)
            found = Same(found, await FindAsync(key, address, static kind => kind is CredentialKind.ApiKey, orRenewal), address);
        if (presented.Bearer is { } bearer)
            found = Same(found, await FindAsync(bearer, address, static _ => true, orRenewal), address);
        if (presented.SessionToken is { } token)
            found = Same(found, await FindAsync(token, address, static kind => kind is CredentialKind.SessionToken, orRenewal), address);
        return found ?? NobodyPrincipal.Instance;
    }

    /// <summary>Counts a failure that was found elsewhere, such as a wrong signature of an identity.</summary>
    public ChatException Fail(string address)
    {
        failures.Take(address);
        return new ChatException(BadCredential);
    }

    /// <summary>Refuses who has presented too many bad ones.</summary>
    /// <exception cref="ChatException"><c>rate_limited</c>.</exception>
    public void RefuseExhausted(string address)
    {
        if (failures.IsEmpty(address))
            throw CallerRateLimit.TooMany(Buckets.Least);
    }

    private static ChatError BadCredential { get; } = new(ErrorCodes.Unauthenticated, "The credential is not good.");

    private Principal Same(Principal? before, Principal? now, string address)
    {
        if (now is null || (before is not null && before.Identity != now.Identity))
            throw Fail(address);
        return before ?? now;
    }

    private PersonPrincipal? Person(string user, PresentedCredentials presented) => PersonIds.IsOne(user)
        ? new PersonPrincipal(user, PersonIds.Name(presented.UserName), RoleNames.Parse(presented.UserRoles ?? "", ','))
        : null;

    private async ValueTask<Principal?> FindAsync(string credential, string address, Func<CredentialKind, bool> may, bool orRenewal)
    {
        if (credential.Length > LongestCredential)
            return null;

        var hash = CredentialHash.Of(credential);
        if (verified.TryFind(hash, out var known))
            return may(KindOf(known)) ? known : null;

        RefuseExhausted(address);
        if (_modes.HasFlag(AuthenticationModes.ApiKey) && may(CredentialKind.ApiKey) && keys.TryFind(hash, out var backend))
            return Remember(hash, backend);
        if (jwt is not null && may(CredentialKind.Jwt) && JwtVerifier.LooksLikeOne(credential))
            return await jwt.VerifyAsync(credential) is { } person ? Remember(hash, person) : null;
        if (may(CredentialKind.SessionToken) && tokens.Read(credential) is { } visitor)
            return !visitor.IsForRenewalOnly ? Remember(hash, visitor) : orRenewal ? visitor : null;
        return null;
    }

    private Principal Remember(CredentialHash hash, Principal principal)
    {
        verified.Add(hash, principal);
        return principal;
    }

    private static CredentialKind KindOf(Principal principal) => principal switch
    {
        KeyPrincipal => CredentialKind.ApiKey,
        VisitorPrincipal => CredentialKind.SessionToken,
        _ => CredentialKind.Jwt,
    };

    private enum CredentialKind
    {
        ApiKey,
        Jwt,
        SessionToken,
    }
}
