using LiveChat.Server.Rest;
using LiveChat.Server.Security;

namespace LiveChat.Server.Hosting;

/// <summary>What the line at the start says of who may call.</summary>
internal static class SecuritySummary
{
    public static string Of(SecurityOptions security, AdminOptions admin)
    {
        if (security.Modes is AuthenticationModes.None)
            return admin.Enabled is true ? "off: anybody may call, administration included" : "off: anybody may call";

        var visitors = (security.AnonymousCustomers, security.Identity.Required) switch
        {
            (false, _) => "visitors need a credential",
            (true, true) => "visitors need the website's word",
            (true, false) => "visitors may start without a credential",
        };
        return $"{security.Modes}; {visitors}";
    }
}
