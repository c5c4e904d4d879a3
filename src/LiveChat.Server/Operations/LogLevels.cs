using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace LiveChat.Server.Operations;

/// <summary>
/// What is logged from which level on: as configured, and as an administrator has it while the server runs. The framework applies it to loggers
/// that there are, at once. Thread-safe.
/// </summary>
internal sealed class LogLevels(LogLevelChanges changes, LoggerNames names, IOptionsMonitor<LoggerFilterOptions> filters)
{
    /// <summary>The name of what all loggers inherit from.</summary>
    public const string Root = "ROOT";

    /// <summary>The loggers that there are, and those that a level was set for, in order.</summary>
    public IReadOnlyList<string> Names =>
    [
        Root,
        .. names.All
            .Concat(filters.CurrentValue.Rules.Select(rule => rule.CategoryName).OfType<string>())
            .Concat(changes.Names.Where(name => name != Root))
            .Distinct(StringComparer.OrdinalIgnoreCase)
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>The level that was set for the logger itself; null when it inherits one.</summary>
    public LogLevel? ConfiguredOf(string name) =>
        LogRules.Find(filters.CurrentValue.Rules, LogRules.Console, name) is { } rule && (rule.CategoryName ?? Root).Equals(name, StringComparison.OrdinalIgnoreCase)
            ? rule.LogLevel
            : null;

    /// <summary>The level that is in force.</summary>
    public LogLevel EffectiveOf(string name) =>
        LogRules.Find(filters.CurrentValue.Rules, LogRules.Console, name)?.LogLevel ?? filters.CurrentValue.MinLevel;

    /// <summary>Sets the level of a logger and of what is beneath it; null goes back to what is configured.</summary>
    /// <exception cref="ChatException">The level of this logger cannot be set, or too many have been.</exception>
    public void Set(string name, LogLevel? level) => changes.Set(name, level);

    /// <summary>Calls back after each change.</summary>
    public IDisposable? OnChange(Action changed) => filters.OnChange(_ => changed());
}

/// <summary>How the framework finds the level of a logger: the rules of the provider first, then the longest name that it begins with, then the last.</summary>
internal static class LogRules
{
    /// <summary>What the operator reads.</summary>
    public static readonly string[] Console = [typeof(ConsoleLoggerProvider).FullName!, "Console"];

    /// <param name="rules">Of the whole log.</param>
    /// <param name="provider">The names of the provider.</param>
    /// <param name="name">Of the logger.</param>
    public static LoggerFilterRule? Find(IList<LoggerFilterRule> rules, string[] provider, string name)
    {
        var fitting = rules.Where(rule => rule.CategoryName is null || name.StartsWith(rule.CategoryName, StringComparison.OrdinalIgnoreCase)).ToList();
        var own = fitting.Where(rule => rule.ProviderName is not null && provider.Contains(rule.ProviderName)).ToList();
        return (own.Count > 0 ? own : fitting.Where(rule => rule.ProviderName is null)).Reverse().MaxBy(rule => rule.CategoryName?.Length ?? -1);
    }
}
