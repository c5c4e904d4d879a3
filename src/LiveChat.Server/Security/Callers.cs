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
    public ValueTask<Caller> CustomerAsync(HttpContext http, string? named = null) => FindAsync(http, ParticipantType.Customer, named);

    /// <param name="http">The request.</param>
    /// <param name="named">The agent that the request's body names, if it has one.</param>
    public ValueTask<Caller> AgentAsync(HttpContext http, string? named = null)
    {
        var errors = new FieldErrors();
        var (header, query) = (
            errors.Optional(AgentHeader, http.Request.Headers[AgentHeader], Limits.Id),
            errors.Optional(AgentField, http.Request.Query[AgentField], Limits.Id));
        var id = errors.Optional(AgentField, named, Limits.Id) ?? header ?? query;
        errors.ThrowIfAny();

        // Whoever is known must not name another anywhere; of a backend the first place counts.
        if (PrincipalOf(http).ParticipantId is { } own)
            id = new[] { id, header, query }.FirstOrDefault(name => name is not null && name != own) ?? id;
        return FindAsync(http, ParticipantType.Agent, id);
    }

    /// <summary>Who asks for a list, and whose list: a supervisor does not act for the agent that its query names.</summary>
    public async ValueTask<(Caller Caller, string? AgentId)> ListerAsync(HttpContext http)
    {
        var errors = new FieldErrors();
        var named = errors.Optional(AgentHeader, http.Request.Headers[AgentHeader], Limits.Id);
        var asked = errors.Optional(AgentField, http.Request.Query[AgentField], Limits.Id);
        errors.ThrowIfAny();
        var principal = PrincipalOf(http);
        return (principal is not PersonPrincipal ? await AgentAsync(http) : Of(principal, ParticipantType.Agent, named), asked);
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

    private ValueTask<Caller> FindAsync(HttpContext http, ParticipantType side, string? named)
    {
        var principal = PrincipalOf(http);
        var caller = Of(principal, side, named);
        return principal is KeyPrincipal backend ? CountAsync(backend) : ValueTask.FromResult(caller);

        // A backend's calls count as those of whom they are for, which is known only now; all others have been counted.
        async ValueTask<Caller> CountAsync(KeyPrincipal backend)
        {
            await rateLimit.TakeAsync(CallerRateLimit.KeyOf(backend, side, named, http.GetRouteValue("id") as string));
            return caller;
        }
    }
}
