namespace LiveChat.Server.Rest;

public sealed class AdminOptions
{
    /// <summary>Whether <c>POST /api/admin/seed</c> works. Default false, in Development true.</summary>
    public bool SeedEnabled { get; set; }

    /// <summary>
    /// Whether a person's conversations can be exported and erased under <c>/api/admin/customers</c>. Default true. Until callers are
    /// authenticated, whoever reaches the port may do so, as all else.
    /// </summary>
    public bool Enabled { get; set; } = true;
}
