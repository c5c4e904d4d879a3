using System.Reflection;

namespace LiveChat.Server.Operations;

/// <summary>What the build wrote into the program: see the project file.</summary>
internal static class BuildInfo
{
    private static readonly Assembly Program = typeof(BuildInfo).Assembly;

    // The SDK puts the commit behind the version where it finds a repository: 0.1.0+c615e17…
    private static readonly string[] Informational =
        Program.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+', 2);

    public static string Version => Informational[0];

    /// <summary>The git commit; null where it was built outside of a repository.</summary>
    public static string? Commit => Informational.ElementAtOrDefault(1);

    /// <summary>When it was compiled, in UTC.</summary>
    public static string Time { get; } = Program.GetCustomAttributes<AssemblyMetadataAttribute>().First(data => data.Key == "BuildTime").Value!;
}
