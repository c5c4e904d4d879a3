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
            http.Features.Set(await JudgeAsync(http, access, isLimited: metadata.GetMetadata<Unlimited>() is null));
        }

        await next(http);
    }

    /// <summary>The step where authentication is off: everybody is let in, and counts by address.</summary>
    public Task CountAsync(HttpContext http, RequestDelegate next)
    {
        var taken = http.GetEndpoint()?.Metadata is { } metadata && metadata.GetMetadata<Unlimited>() is null
            ? rateLimit.TakeAsync(CallerAddress.KeyOf(http.Connection.RemoteIpAddress))
            : Task.CompletedTask;
        return taken.IsCompletedSuccessfully ? next(http) : WaitAsync();

        async Task WaitAsync()
        {
            await taken;
            await next(http);
        }
    }

    private async ValueTask<Principal> JudgeAsync(HttpContext http, Access access, bool isLimited)
    {
        var address = CallerAddress.KeyOf(http.Connection.RemoteIpAddress);
        var presented = PresentedCredentials.Of(http.Request.Headers, options.Proxy, _modes);
        var principal = await authenticator.JudgeAsync(presented, address, orRenewal: access.IsForNobodyToo);
        var isAllowed = principal.IsAny(access.Roles);

        // What is refused counts too. A backend's calls count for whom they are, where they come to that.
        if (isLimited && (principal is not KeyPrincipal || !isAllowed))
            await rateLimit.TakeAsync(CallerRateLimit.KeyOf(principal, address));
        if (principal is NobodyPrincipal)
            return access.IsForNobodyToo && options.AnonymousCustomers ? principal : throw new ChatException(ChatError.Unauthenticated);
        return isAllowed ? principal : throw new ChatException(ChatError.RoleForbidden);
    }
}
