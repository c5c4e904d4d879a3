using System.ComponentModel;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Options;

namespace LiveChat.Server.Hosting;

/// <summary>
/// The settings that there are under <c>Chat:</c>, which are the properties of the options. What is set and does not exist, or has a value
/// that is not of its kind, stops the start: the framework would pass over the one, and answer the other with a stack trace.
/// </summary>
internal static class Settings
{
    private const string Root = "Chat";

    private static readonly Dictionary<string, Type> Kinds = Find(typeof(ServerOptions), Root)
        .Concat(Find(typeof(ChatOptions), Root))
        .ToDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>Where the data is. What is set here by a wrong name would be looked for in an empty database.</summary>
    private static readonly string[] ConnectionStrings = ["ConnectionStrings:Sqlite", "ConnectionStrings:Postgres", "ConnectionStrings:Redis"];

    /// <summary>Of the web server's own section. What is set here by a wrong name would leave the ports without TLS.</summary>
    private static readonly string[] Certificates =
        ["Kestrel:Certificates:Default:Path", "Kestrel:Certificates:Default:KeyPath", "Kestrel:Certificates:Default:Password"];

    public static IReadOnlyCollection<string> Names => Kinds.Keys;

    /// <exception cref="OptionsValidationException">With a line for each setting that is wrong.</exception>
    public static void Check(IConfiguration configuration)
    {
        var faults = configuration.GetSection(Root).GetChildren().SelectMany(FaultsOf)
            .Concat(configuration.GetSection("ConnectionStrings").GetChildren()
                .Where(section => !ConnectionStrings.Contains(section.Path, StringComparer.OrdinalIgnoreCase))
                .Select(section => $"There is no setting {section.Path}; did you mean {Nearest(section.Path, ConnectionStrings)}?"))
            .Concat(configuration.GetSection("Kestrel").AsEnumerable()
                .Where(setting => setting.Value is not null && !Certificates.Contains(setting.Key, StringComparer.OrdinalIgnoreCase))
                .Select(setting => $"There is no setting {setting.Key}; did you mean {Nearest(setting.Key, Certificates)}?"))
            .Concat(configuration.GetSection("Logging:LogLevel").GetChildren()
                .Select(section => FaultOf(section.Path, section.Value, typeof(LogLevel)))
                .OfType<string>())
            .ToList();
        if (faults.Count > 0)
            throw new OptionsValidationException(Root, typeof(ServerOptions), faults);
    }

    private static IEnumerable<string> FaultsOf(IConfigurationSection section)
    {
        var children = section.GetChildren().ToList();
        if (Kinds.TryGetValue(OfFirst(section.Path), out var kind))
        {
            if (kind == typeof(IList<string>))
                return string.IsNullOrEmpty(section.Value) ? [] : [$"{section.Path} is a list: write {section.Path}:0={(IsSecret(section.Path) ? "…" : section.Value)}."];
            if (children.Count == 0)
                return FaultOf(section.Path, section.Value, kind) is { } fault ? [fault] : [];
        }

        // A section without anything in it is as good as none.
        var own = section.Value is null || kind is not null ? [] : new[] { $"There is no setting {section.Path}; did you mean {Nearest(section.Path, Kinds.Keys)}?" };
        return own.Concat(children.SelectMany(FaultsOf));
    }

    private static string? FaultOf(string path, string? value, Type kind)
    {
        var isOptional = Nullable.GetUnderlyingType(kind) is not null;
        var type = Nullable.GetUnderlyingType(kind) ?? kind;
        if (value is null || (isOptional && value.Length == 0) || type == typeof(string))
            return null;

        try
        {
            // A number alone would be days.
            if (type == typeof(TimeSpan) && value.Trim() != "0" && !value.Contains(':', StringComparison.Ordinal))
                throw new FormatException();

            var converted = TypeDescriptor.GetConverter(type).ConvertFromInvariantString(value);
            if (!type.IsEnum || Enum.IsDefined(type, converted!))
                return null;
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException or OverflowException or NotSupportedException)
        {
            // Said below.
        }

        var expected = type switch
        {
            { IsEnum: true } => $"one of {string.Join(", ", Enum.GetNames(type))}",
            _ when type == typeof(TimeSpan) => "a duration like 00:30:00",
            _ when type == typeof(bool) => "true or false",
            _ when type == typeof(int) => $"a whole number of at most {int.MaxValue}",
            _ => "a whole number",
        };
        return $"{path} must be {expected}, not '{value}'.";
    }

    private static IEnumerable<KeyValuePair<string, Type>> Find(Type options, string path) => options
        .GetProperties(BindingFlags.Instance | BindingFlags.Public)
        .SelectMany(property => property.PropertyType is { IsClass: true } type && type != typeof(string)
            ? Find(type, $"{path}:{property.Name}")
            : ElementOf(property.PropertyType) is { } element
            ? Find(element, $"{path}:{property.Name}:0")
            : property.CanWrite || property.PropertyType == typeof(IList<string>)
                ? [KeyValuePair.Create($"{path}:{property.Name}", property.PropertyType)]
                : []);

    /// <summary>Whether its value may be a credential, which is not repeated.</summary>
    private static bool IsSecret(string path) => path.StartsWith("Chat:Security:", StringComparison.OrdinalIgnoreCase)
        && !path.EndsWith(":AllowedOrigins", StringComparison.OrdinalIgnoreCase);

    /// <summary>What a list of sections holds; null of what is none.</summary>
    private static Type? ElementOf(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IList<>) && type.GetGenericArguments()[0] is var element && element != typeof(string)
            ? element
            : null;

    /// <summary>A setting in a list of sections is known by the path that it has in the first of them.</summary>
    private static string OfFirst(string path) =>
        string.Join(':', path.Split(':').Select(part => int.TryParse(part, CultureInfo.InvariantCulture, out _) ? "0" : part));

    private static string Nearest(string path, IEnumerable<string> all) => all.MinBy(known => Distance(path.ToUpperInvariant(), known.ToUpperInvariant()))!;

    /// <summary>How many characters must be added, left out or exchanged to make one of the other (Levenshtein).</summary>
    private static int Distance(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var exchanged = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(exchanged, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
