using LiveChat.Server.Wire;

namespace LiveChat.Server.Security;

/// <summary>
/// Says on whose behalf a request or a socket is: what its principal may be, and whom it names. A person is held to be itself, and a name that
/// is another's is noted for the rules; a backend, and anybody where authentication is off, is whoever it names.
/// </summary>
internal sealed class Callers(Authenticator authenticator, CallerRateLimit rateLimit)
{
    public const string AgentHeader = "X-Agent-Id";

    private const string AgentField = "agentId";

    /// <summary>Who calls, as <see cref="RequestAuthentication"/> found it.</summary>
    public Principal PrincipalOf(HttpContext http) => authenticator.IsOff
        ? OpenPrincipal.Instance
        : http.Features.Get<Principal>() ?? throw new InvalidOperationException("The endpoint's access was not judged.");

    /// <param name="http">The request.</param>
    /// <param name="named">The fingerprint that it names, if it names one.</param>
    public Caller Customer(HttpContext http, string? named = null)
    {
        var principal = PrincipalOf(http);
        Count(http, principal, ParticipantType.Customer, named);
        return Of(principal, ParticipantType.Customer, named);
    }

    /// <param name="http">The request.</param>
    /// <param name="named">The agent that the request's body names, if it has one.</param>
    public Caller Agent(HttpContext http, string? named = null)
    {
        var errors = new FieldErrors();
        var (header, query) = (
            errors.Optional(AgentHeader, http.Request.Headers[AgentHeader], Limits.Id),
            errors.Optional(AgentField, http.Request.Query[AgentField], Limits.Id));
        var id = errors.Optional(AgentField, named, Limits.Id) ?? header ?? query;
        errors.ThrowIfAny();
        var principal = PrincipalOf(http);

        // Whoever is known must not name another anywhere; of a backend the first place counts.
        if (principal.ParticipantId is { } own)
            id = new[] { id, header, query }.FirstOrDefault(name => name is not null && name != own) ?? id;
        Count(http, principal, ParticipantType.Agent, id);
        return Of(principal, ParticipantType.Agent, id);
    }

    /// <summary>Who asks for a list, and whose list: a supervisor does not act for the agent that its query names.</summary>
    public (Caller Caller, string? AgentId) Lister(HttpContext http)
    {
        var errors = new FieldErrors();
        var named = errors.Optional(AgentHeader, http.Request.Headers[AgentHeader], Limits.Id);
        var asked = errors.Optional(AgentField, http.Request.Query[AgentField], Limits.Id);
        errors.ThrowIfAny();
        var principal = PrincipalOf(http);
        return (principal is not PersonPrincipal ? Agent(http) : Of(principal, ParticipantType.Agent, named), asked);
    }

    /// <summary>The endpoint let an administrator in.</summary>
    public Caller Admin(HttpContext http) => PrincipalOf(http).IsAny(Roles.Admin)
        ? AdminCaller.Instance
        : throw new ChatException(ChatError.RoleForbidden);

    /// <summary>The caller of every event of a socket.</summary>
    public static Caller Of(Principal principal, HandshakeParameters parameters) => Of(principal, parameters.Role, parameters.Fingerprint);

    private static Caller Of(Principal principal, ParticipantType side, string? named)
    {
        var namesAnother = named is not null && principal.ParticipantId is { } own && named != own;
        return principal switch
        {
            NobodyPrincipal => AnonymousCaller.Instance,
            OpenPrincipal => Backend(side, named, supervises: false),
            KeyPrincipal key => Backend(side, named, key.IsAny(Roles.Supervisor)),
            VisitorPrincipal { IsVouchedFor: true } visitor => new CustomerCaller(visitor.Fingerprint) { NamesAnother = namesAnother },
            VisitorPrincipal visitor => new VisitorCaller(visitor.Fingerprint, visitor.Chain) { NamesAnother = namesAnother },
            PersonPrincipal person when side is ParticipantType.Customer => new CustomerCaller(person.Id) { NamesAnother = namesAnother },
            PersonPrincipal person when person.IsAny(Roles.Supervisor) => new SupervisorCaller(person.Id, person.Name) { NamesAnother = namesAnother },
            PersonPrincipal person => new AgentCaller(person.Id, person.Name) { NamesAnother = namesAnother },
            _ => throw new ArgumentOutOfRangeException(nameof(principal), principal, "A kind of principal that nothing is known of."),
        };
    }

    private static BackendCaller Backend(ParticipantType side, string? named, bool supervises) =>
        named is null ? new UnnamedBackendCaller(side) : new NamingBackendCaller(side, named, supervises);

    /// <summary>A backend's calls count as those of whom they are for, which is known only now; all others have been counted.</summary>
    private void Count(HttpContext http, Principal principal, ParticipantType side, string? named)
    {
        if (principal is KeyPrincipal backend)
            rateLimit.TakeHere(CallerRateLimit.KeyOf(backend, side, named, http.GetRouteValue("id") as string));
    }
}
