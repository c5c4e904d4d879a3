using System.Text.Json;
using System.Text.Json.Serialization;

namespace LiveChat.Server.Pages;

/// <summary>What a file belongs to, and is switched on and off with.</summary>
internal enum PagePart
{
    Sdk,
    Widget,
    Console,
    Demo,
}

/// <summary>A line of the manifest that the build writes.</summary>
/// <param name="Path">Where it is served.</param>
/// <param name="File">Where it is, from the manifest's folder; compressed beside it as <c>.gz</c> and <c>.br</c>.</param>
/// <param name="Type">Its media type.</param>
/// <param name="Part">What it belongs to.</param>
/// <param name="IsHashed">Whether its name changes with what is in it.</param>
internal sealed record PageEntry(string Path, string File, string Type, PagePart Part, bool IsHashed);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(List<PageEntry>))]
internal sealed partial class ManifestJson : JsonSerializerContext;

/// <summary>What there is to serve.</summary>
/// <param name="Built">The files; null where the server was built without them.</param>
internal sealed record PageFiles(IReadOnlyList<PageFile>? Built);

/// <summary>The files that were built from <c>web/</c>, all of them read at the start: together they are small.</summary>
internal static class PageManifest
{
    /// <summary>Where the build puts them.</summary>
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "pages");

    /// <summary>The files; null where they were not built.</summary>
    /// <exception cref="InvalidDataException">The manifest is there, and a file is not.</exception>
    public static IReadOnlyList<PageFile>? Read(string folder)
    {
        var manifest = Path.Combine(folder, "manifest.json");
        if (!File.Exists(manifest))
            return null;

        try
        {
            return [.. JsonSerializer.Deserialize(File.ReadAllBytes(manifest), ManifestJson.Default.ListPageEntry)!.Select(entry =>
            {
                var path = Path.Combine(folder, entry.File);
                return new PageFile(entry, File.ReadAllBytes(path), Compressed(path + ".gz"), Compressed(path + ".br"));
            })];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new InvalidDataException($"The pages in {folder} are not whole:", exception);
        }
    }

    private static byte[]? Compressed(string path) => File.Exists(path) ? File.ReadAllBytes(path) : null;
}
