namespace LiveChat.Server.Security;

/// <summary>
/// A step of every request: finds out who calls, refuses whoever may not call this endpoint at all, and counts the call. Nothing of the request
/// but its credentials has been looked at before.
/// </summary>
internal sealed class RequestAuthentication(SecurityOptions options, Authenticator authenticator, CallerRateLimit rateLimit)
{
    private readonly AuthenticationModes _modes = options.Modes;

    public async Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        // Without an endpoint it is a 404 or a 405, for anybody.
        if (http.GetEndpoint()?.Metadata is { } metadata && metadata.GetMetadata<Access>() is { IsOpen: false } access)
        {
            var principal = await JudgeAsync(http, access);
            if (principal is not KeyPrincipal && metadata.GetMetadata<Unlimited>() is null)
                rateLimit.Take(CallerRateLimit.KeyOf(principal, CallerAddress.KeyOf(http.Connection.RemoteIpAddress)));
            http.Features.Set(principal);
        }

        await next(http);
    }

    /// <summary>The step where authentication is off: everybody is let in, and counts by address.</summary>
    public Task CountAsync(HttpContext http, RequestDelegate next)
    {
        if (http.GetEndpoint()?.Metadata is { } metadata && metadata.GetMetadata<Unlimited>() is null)
            rateLimit.Take(CallerAddress.KeyOf(http.Connection.RemoteIpAddress));
        return next(http);
    }

    private async ValueTask<Principal> JudgeAsync(HttpContext http, Access access)
    {
        var presented = PresentedCredentials.Of(http.Request.Headers, options.Proxy, _modes);
        var principal = await authenticator.JudgeAsync(presented, CallerAddress.KeyOf(http.Connection.RemoteIpAddress), orRenewal: access.IsForNobodyToo);
        if (principal is NobodyPrincipal)
            return access.IsForNobodyToo && options.AnonymousCustomers ? principal : throw new ChatException(ChatError.Unauthenticated);
        return principal.IsAny(access.Roles) ? principal : throw new ChatException(ChatError.RoleForbidden);
    }
}
