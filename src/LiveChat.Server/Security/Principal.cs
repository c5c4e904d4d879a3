namespace LiveChat.Server.Security;

/// <summary>Who a call was found to come from, whatever it says of itself. A closed set.</summary>
/// <param name="Roles">What it may be.</param>
internal abstract record Principal(Roles Roles)
{
    /// <summary>From when on its credential counts no more; null when it does not end.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The end that the credential says itself, which clocks that differ may add a little to.</summary>
    public DateTimeOffset? StatedEnd { get; init; }

    /// <summary>The same for every credential of one principal, and of no other's.</summary>
    public abstract string Identity { get; }

    /// <summary>The participant that it is; null when it is nobody in particular.</summary>
    public abstract string? ParticipantId { get; }

    public virtual string? DisplayName => null;

    public bool IsAny(Roles roles) => (Roles & roles) != Roles.None;
}

/// <summary>Authentication is off: anybody is whoever it says.</summary>
internal sealed record OpenPrincipal() : Principal(Roles.All)
{
    public static OpenPrincipal Instance { get; } = new();

    public override string Identity => "";

    public override string? ParticipantId => null;
}

/// <summary>Nobody presented anything.</summary>
internal sealed record NobodyPrincipal() : Principal(Roles.None)
{
    public static NobodyPrincipal Instance { get; } = new();

    public override string Identity => "";

    public override string? ParticipantId => null;
}

/// <summary>A backend with an API key, which acts for whoever it names.</summary>
internal sealed record KeyPrincipal(string Name, Roles Roles) : Principal(Roles)
{
    public override string Identity => $"key:{Name}";

    public override string? ParticipantId => null;
}

/// <summary>A person whom an issuer of tokens or a proxy vouches for.</summary>
internal sealed record PersonPrincipal(string Id, string? Name, Roles Roles) : Principal(Roles)
{
    public override string Identity => IdentityOf(Id);

    public override string? ParticipantId => Id;

    public override string? DisplayName => Name;

    public static string IdentityOf(string id) => $"person:{id}";
}

/// <summary>A visitor with a session token.</summary>
/// <param name="Fingerprint">The id that it began with.</param>
/// <param name="Chain">What joins its tokens, and the conversations that they reach.</param>
/// <param name="IsVouchedFor">Whether the website vouched for it: all conversations of the fingerprint are then its own.</param>
internal sealed record VisitorPrincipal(string Fingerprint, Guid Chain, bool IsVouchedFor) : Principal(Roles.Customer)
{
    /// <summary>Whether the token has ended, and can only be exchanged for a new one.</summary>
    public bool IsForRenewalOnly { get; init; }

    public override string Identity => IsVouchedFor ? $"visitor:{Fingerprint}" : $"chain:{Chain}";

    public override string? ParticipantId => Fingerprint;
}
