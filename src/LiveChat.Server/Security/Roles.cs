namespace LiveChat.Server.Security;

/// <summary>What a principal may be. One may have several; those that nobody knows are passed over.</summary>
[Flags]
internal enum Roles
{
    None = 0,
    Customer = 1,
    Agent = 2,

    /// <summary>An agent who may also read, list and close every conversation.</summary>
    Supervisor = 4,
    Admin = 8,
    All = Customer | Agent | Supervisor | Admin,
}

internal static class RoleNames
{
    /// <summary>The role of this name, none when there is no such role.</summary>
    public static Roles Find(string name) => name.ToUpperInvariant() switch
    {
        "CUSTOMER" => Roles.Customer,
        "AGENT" => Roles.Agent,
        "SUPERVISOR" => Roles.Supervisor,
        "ADMIN" => Roles.Admin,
        _ => Roles.None,
    };

    /// <summary>The roles of a list whose words are parted by any of these characters.</summary>
    public static Roles Parse(string list, params ReadOnlySpan<char> separators)
    {
        var roles = Roles.None;
        foreach (var word in list.AsSpan().SplitAny(separators))
            roles |= Find(list.AsSpan(word).Trim().ToString());
        return roles;
    }
}
