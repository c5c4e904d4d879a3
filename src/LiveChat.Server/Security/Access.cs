namespace LiveChat.Server.Security;

/// <summary>On an endpoint: who may call it. Every endpoint has one; a call is judged by it before anything else of the call is looked at.</summary>
internal sealed class Access
{
    private Access(Roles roles, bool isOpen = false, bool isForNobodyToo = false) =>
        (Roles, IsOpen, IsForNobodyToo) = (roles, isOpen, isForNobodyToo);

    /// <summary>Anybody; no credential is judged.</summary>
    public static Access Open { get; } = new(Roles.None, isOpen: true);

    /// <summary>A customer, or a visitor who is about to become one.</summary>
    public static Access Starting { get; } = new(Roles.Customer, isForNobodyToo: true);

    public static Access Customers { get; } = new(Roles.Customer);

    public static Access Agents { get; } = new(Roles.Agent | Roles.Supervisor);

    public static Access Admins { get; } = new(Roles.Admin);

    public Roles Roles { get; }

    public bool IsOpen { get; }

    /// <summary>Also without a credential, where visitors without an account are let in, and with a session token that has ended.</summary>
    public bool IsForNobodyToo { get; }
}
