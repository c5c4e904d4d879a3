using System.Text.Json;
using LiveChat.Server.Wire;

namespace LiveChat.Server.Security;

/// <summary>Finds out who opens a socket, and who goes on with one. The same judge as a request's, with the credential where sockets have it.</summary>
internal sealed class SocketAuthentication(SecurityOptions options, Authenticator authenticator)
{
    private readonly AuthenticationModes _modes = options.Modes;

    /// <summary>
    /// Who it is: by the token of the CONNECT packet, else of the query, else by the headers of the handshake. The first that is there is judged.
    /// </summary>
    /// <exception cref="ChatException">There is none or a bad one, or the role that it asks for is not its own.</exception>
    public async ValueTask<Principal> JudgeAsync(
        IReadOnlyDictionary<string, string> query,
        JsonElement auth,
        IReadOnlyDictionary<string, string> headers,
        string address)
    {
        if (authenticator.IsOff)
            return OpenPrincipal.Instance;

        var presented = HandshakeParameters.FindToken(query, auth) is { } token
            ? PresentedCredentials.OfToken(token)
            : PresentedCredentials.Of(headers, options.Proxy, _modes);
        var principal = await authenticator.JudgeAsync(presented, address);
        if (principal is NobodyPrincipal)
            throw new ChatException(ChatError.Unauthenticated);
        if (HandshakeParameters.FindRole(query, auth) is { } role && !principal.IsAny(RolesOf(role)))
            throw new ChatException(ChatError.RoleForbidden);
        return principal;
    }

    /// <summary>The same principal with a later end. It must still be all that the socket was let in as: a supervisor's socket is not an agent's.</summary>
    /// <exception cref="ChatException">The token is bad, or another's, or not of the socket's role.</exception>
    public async ValueTask<Principal> RefreshAsync(Principal current, ParticipantType role, string token, string address)
    {
        var principal = await authenticator.JudgeAsync(PresentedCredentials.OfToken(token), address);
        var needed = role is ParticipantType.Agent && current.IsAny(Roles.Supervisor) ? Roles.Supervisor : RolesOf(role);
        return principal.Identity == current.Identity && principal.IsAny(needed)
            ? principal
            : throw new ChatException(new ChatError(ErrorCodes.Forbidden, "The token is another's, or not of this socket's role."));
    }

    private static Roles RolesOf(ParticipantType role) => role is ParticipantType.Customer ? Roles.Customer : Roles.Agent | Roles.Supervisor;
}
