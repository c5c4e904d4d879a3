namespace LiveChat.Server.Security;

/// <summary>What is wrong with the settings of security, a sentence for each fault, none with a secret in it.</summary>
internal static class SecurityFaults
{
    private const int ShortestSecret = 16;

    public static void Add(List<string> faults, SecurityOptions options, bool isDevelopment)
    {
        if (options.Authentication is null && !isDevelopment)
            faults.Add("Chat:Security:Authentication must be chosen outside Development: None lets anybody in.");
        if (options.Authentication is { } chosen && !SecurityOptions.TryParseModes(chosen, out _))
            faults.Add("Chat:Security:Authentication must be None, or one or several of ApiKey, Jwt, Proxy as a comma list.");
        foreach (var origin in options.AllowedOrigins)
        {
            if (!Uri.TryCreate(origin, UriKind.Absolute, out var uri) || uri.GetLeftPart(UriPartial.Authority) != origin)
                faults.Add($"Chat:Security:AllowedOrigins must hold origins like 'https://shop.example', not '{origin}'.");
        }

        AddLimits(faults, options.RateLimit);
        AddNetworks(faults, "ForwardedFrom", options.ForwardedFrom);
        AddApiKeys(faults, options);
        AddJwt(faults, options, isDevelopment);
        AddProxy(faults, options);
        AddVisitors(faults, options);
    }

    private static void AddLimits(List<string> faults, RateLimitOptions limits)
    {
        if (limits is { PermitLimit: < 0 } or { TokensPerSecond: < 0 })
            faults.Add("Chat:Security:RateLimit:PermitLimit and TokensPerSecond must not be negative.");
        if (limits.Handshakes is { PermitLimit: < 0 } or { TokensPerSecond: < 0 })
            faults.Add("Chat:Security:RateLimit:Handshakes:PermitLimit and TokensPerSecond must not be negative.");
        if (limits.Failures is { PermitLimit: < 0 } or { TokensPerSecond: < 0 })
            faults.Add("Chat:Security:RateLimit:Failures:PermitLimit and TokensPerSecond must not be negative.");
    }

    private static void AddNetworks(List<string> faults, string setting, IList<string> networks)
    {
        for (var i = 0; i < networks.Count; i++)
        {
            if (!Networks.TryParse(networks[i], out _))
                faults.Add($"Chat:Security:{setting}:{i} must be a network like '10.0.0.0/8' or an address, not '{networks[i]}'.");
        }
    }

    private static void AddApiKeys(List<string> faults, SecurityOptions options)
    {
        if (options.Modes.HasFlag(AuthenticationModes.ApiKey) && options.ApiKeys.Count == 0)
            faults.Add("Chat:Security:ApiKeys:0:Name, Hash and Roles must be set in the mode ApiKey; LiveChat.Server apikey NAME ROLE… prints them.");
        for (var i = 0; i < options.ApiKeys.Count; i++)
        {
            var key = options.ApiKeys[i];
            if (string.IsNullOrWhiteSpace(key.Name))
                faults.Add($"Chat:Security:ApiKeys:{i}:Name is required.");
            if (!ApiKeys.IsHash(key.Hash))
                faults.Add($"Chat:Security:ApiKeys:{i}:Hash must be sha256: and 64 hexadecimal digits.");
            if (key.Roles.Count == 0)
                faults.Add($"Chat:Security:ApiKeys:{i}:Roles:0 is required.");
            for (var j = 0; j < key.Roles.Count; j++)
            {
                if (RoleNames.Find(key.Roles[j]) is Roles.None)
                    faults.Add($"Chat:Security:ApiKeys:{i}:Roles:{j} must be customer, agent, supervisor or admin.");
            }
        }

        if (options.ApiKeys.GroupBy(key => key.Hash, StringComparer.OrdinalIgnoreCase).FirstOrDefault(same => same.Count() > 1) is { } twice)
            faults.Add($"Chat:Security:ApiKeys must not hold one key twice, as {string.Join(" and ", twice.Select(key => key.Name))} are.");
    }

    private static void AddJwt(List<string> faults, SecurityOptions options, bool isDevelopment)
    {
        if (!options.Modes.HasFlag(AuthenticationModes.Jwt))
            return;

        var jwt = options.Jwt;
        if (string.IsNullOrEmpty(jwt.Issuer))
            faults.Add("Chat:Security:Jwt:Issuer is required in the mode Jwt.");
        if (string.IsNullOrEmpty(jwt.Audience))
            faults.Add("Chat:Security:Jwt:Audience is required in the mode Jwt.");
        if (string.IsNullOrEmpty(jwt.Authority) && jwt.SigningKeys.Count == 0)
            faults.Add("Chat:Security:Jwt:Authority or Chat:Security:Jwt:SigningKeys:0 is required in the mode Jwt.");
        if (!string.IsNullOrEmpty(jwt.Authority) && !IsAuthority(jwt.Authority, isDevelopment))
            faults.Add($"Chat:Security:Jwt:Authority must be an https address (in Development also http on loopback), not '{jwt.Authority}'.");
        if (jwt.ClockSkew < TimeSpan.Zero || jwt.ClockSkew > TimeSpan.FromHours(1))
            faults.Add($"Chat:Security:Jwt:ClockSkew must be between zero and an hour, not {jwt.ClockSkew}.");
        foreach (var (name, claim) in new[] { ("IdClaim", jwt.IdClaim), ("NameClaim", jwt.NameClaim), ("RoleClaim", jwt.RoleClaim) })
        {
            if (string.IsNullOrWhiteSpace(claim))
                faults.Add($"Chat:Security:Jwt:{name} must not be empty.");
        }

        for (var i = 0; i < jwt.SigningKeys.Count; i++)
        {
            try
            {
                SigningKeys.Read(jwt.SigningKeys[i]);
            }
            catch (FormatException exception)
            {
                faults.Add($"Chat:Security:Jwt:SigningKeys:{i} {exception.Message}.");
            }
        }
    }

    private static bool IsAuthority(string authority, bool isDevelopment) =>
        Uri.TryCreate(authority, UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttps || (isDevelopment && uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback));

    private static void AddProxy(List<string> faults, SecurityOptions options)
    {
        AddNetworks(faults, "Proxy:TrustedNetworks", options.Proxy.TrustedNetworks);
        if (!options.Modes.HasFlag(AuthenticationModes.Proxy))
            return;

        var proxy = options.Proxy;
        if (proxy.TrustedNetworks.Count == 0)
            faults.Add("Chat:Security:Proxy:TrustedNetworks:0 is required in the mode Proxy: the networks of the proxies that have authenticated.");
        string[] headers = [proxy.UserHeader, proxy.NameHeader, proxy.RolesHeader, "Authorization", PresentedCredentials.ApiKeyHeader, PresentedCredentials.SessionTokenHeader, Callers.AgentHeader];
        if (headers.Distinct(StringComparer.OrdinalIgnoreCase).Count() < headers.Length)
            faults.Add("Chat:Security:Proxy:UserHeader, NameHeader and RolesHeader must be headers of their own.");
        foreach (var (name, header) in new[] { ("UserHeader", proxy.UserHeader), ("NameHeader", proxy.NameHeader), ("RolesHeader", proxy.RolesHeader) })
        {
            if (header.Length == 0 || !header.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
                faults.Add($"Chat:Security:Proxy:{name} must be the name of a header, not '{header}'.");
        }
    }

    private static void AddVisitors(List<string> faults, SecurityOptions options)
    {
        if (options.SessionToken.Lifetime < TimeSpan.FromSeconds(1) || options.SessionToken.Lifetime > TimeSpan.FromDays(365))
            faults.Add($"Chat:Security:SessionToken:Lifetime must be between a second and a year, not {options.SessionToken.Lifetime}.");
        if (options.SessionToken.Renewal < TimeSpan.Zero || options.SessionToken.Renewal > TimeSpan.FromDays(3650))
            faults.Add($"Chat:Security:SessionToken:Renewal must be between zero and ten years, not {options.SessionToken.Renewal}.");
        if (options.Identity.Required && options.Identity.Secrets.Count == 0)
            faults.Add("Chat:Security:Identity:Secrets:0 is required where Chat:Security:Identity:Required is set.");
        for (var i = 0; i < options.Identity.Secrets.Count; i++)
        {
            if (options.Identity.Secrets[i].Length < ShortestSecret)
                faults.Add($"Chat:Security:Identity:Secrets:{i} must be {ShortestSecret} characters or more.");
        }
    }
}
