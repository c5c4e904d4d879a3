using LiveChat.Server.Wire;

namespace LiveChat.Server.Security;

/// <summary>
/// Says on whose behalf a request or a handshake is made, once for each. With authentication off nobody is vouched for: an
/// agent is who it says it is, else the one that the conversation is assigned to, and a customer needs no more than the
/// conversation's id. A mode that verifies callers changes this class and nothing that uses it.
/// </summary>
internal sealed class Callers
{
    public const string AgentHeader = "X-Agent-Id";

    private const string AgentField = "agentId";

    public Caller Customer(HttpContext http) => Caller.AnyCustomer;

    /// <param name="named">The agent that the request's body names, if it has one.</param>
    public Caller Agent(HttpContext http, string? named = null)
    {
        var errors = new FieldErrors();
        var id = errors.Optional(AgentField, named, Limits.Id)
            ?? errors.Optional(AgentHeader, http.Request.Headers[AgentHeader], Limits.Id)
            ?? errors.Optional(AgentField, http.Request.Query[AgentField], Limits.Id);
        errors.ThrowIfAny();
        return Caller.Agent(id);
    }

    /// <summary>The caller of every event of a connection.</summary>
    public Caller Of(HandshakeParameters parameters) =>
        parameters.Role is ParticipantType.Agent ? Caller.Agent(parameters.Fingerprint) : Caller.Customer(parameters.Fingerprint);
}
