namespace LiveChat.Server.Rest;

public sealed class AdminOptions
{
    /// <summary>Whether <c>POST /api/admin/seed</c> works too. Default false, in Development true.</summary>
    public bool SeedEnabled { get; set; }

    /// <summary>
    /// Whether <c>/api/admin</c> and the closed part of <c>/actuator</c> answer. Default true, but outside Development false where authentication
    /// is off: whoever reaches the port could use them.
    /// </summary>
    public bool? Enabled { get; set; }
}
