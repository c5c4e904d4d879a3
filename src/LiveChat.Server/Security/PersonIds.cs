using System.Diagnostics.CodeAnalysis;

namespace LiveChat.Server.Security;

/// <summary>What an issuer or a proxy says of a person, within the limits that a caller's own words have.</summary>
internal static class PersonIds
{
    public static bool IsOne([NotNullWhen(true)] string? id) =>
        !string.IsNullOrWhiteSpace(id) && id.Length <= Limits.Id && !id.Any(char.IsControl);

    /// <summary>A name that is too long is cut; a credential is not refused for it.</summary>
    public static string? Name(string? name)
    {
        if (string.IsNullOrWhiteSpace(name) || name.Contains('\0', StringComparison.Ordinal))
            return null;
        if (name.Length <= Limits.DisplayName)
            return name;
        return name[..(char.IsHighSurrogate(name[Limits.DisplayName - 1]) ? Limits.DisplayName - 1 : Limits.DisplayName)];
    }
}
