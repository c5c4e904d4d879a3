using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace LiveChat.Server.Operations;

/// <summary>
/// The levels that an administrator has set, as rules behind those of the configuration. Some loggers of the framework stay silent whatever is
/// configured or set: their lines hold what callers present, in the URL or in a header that cannot be read. Thread-safe.
/// </summary>
internal sealed class LogLevelChanges : IPostConfigureOptions<LoggerFilterOptions>, IOptionsChangeTokenSource<LoggerFilterOptions>
{
    /// <summary>How many loggers may have a level that was set.</summary>
    public const int Capacity = 500;

    private static readonly string[] Silent =
    [
        "Microsoft.AspNetCore.Hosting.Diagnostics", "Microsoft.AspNetCore.Server.Kestrel.BadRequests",
        "Microsoft.AspNetCore.HttpLogging", "Microsoft.AspNetCore.W3CLogging", "Microsoft.AspNetCore.Routing", "Microsoft.AspNetCore.Cors",
    ];

    // Guarded by _gate.
    private readonly Lock _gate = new();
    private readonly Dictionary<string, LogLevel> _levels = new(StringComparer.OrdinalIgnoreCase);
    private ConfigurationReloadToken _changed = new();

    public string? Name => Options.DefaultName;

    public IReadOnlyList<string> Names
    {
        get
        {
            lock (_gate)
                return [.. _levels.Keys];
        }
    }

    /// <inheritdoc cref="LogLevels.Set"/>
    public void Set(string name, LogLevel? level)
    {
        if (Silent.Any(silent => name.StartsWith(silent, StringComparison.OrdinalIgnoreCase)))
            throw new ChatException(ChatError.Validation("name", "names a logger whose lines hold what callers present, and which stays off"));

        ConfigurationReloadToken before;
        lock (_gate)
        {
            if (level is { } set)
            {
                if (_levels.Count >= Capacity && !_levels.ContainsKey(name))
                    throw new ChatException(ChatError.Validation("name", $"would be the level number {Capacity + 1}; take others back first"));
                _levels[name] = set;
            }
            else
            {
                _levels.Remove(name);
            }

            before = _changed;
            _changed = new ConfigurationReloadToken();
        }

        before.OnReload();
    }

    public IChangeToken GetChangeToken()
    {
        lock (_gate)
            return _changed;
    }

    public void PostConfigure(string? name, LoggerFilterOptions options)
    {
        lock (_gate)
        {
            foreach (var (logger, level) in _levels)
                Add(options, logger, level);
        }

        foreach (var silent in Silent)
            Add(options, silent, LogLevel.None);
        options.Rules.Add(new LoggerFilterRule(typeof(LoggerNames).FullName, categoryName: null, LogLevel.None, filter: null));
    }

    /// <summary>Rules of one provider go before those of all: where the logger has one now, it is the level there too.</summary>
    private static void Add(LoggerFilterOptions options, string logger, LogLevel level)
    {
        var category = logger.Equals(LogLevels.Root, StringComparison.OrdinalIgnoreCase) ? null : logger;
        var providers = options.Rules.Select(rule => rule.ProviderName).OfType<string>().Distinct().ToList();
        foreach (var provider in providers.Where(provider => LogRules.Find(options.Rules, [provider], logger)?.ProviderName is not null))
            options.Rules.Add(new LoggerFilterRule(provider, category, level, filter: null));
        options.Rules.Add(new LoggerFilterRule(providerName: null, category, level, filter: null));
    }
}
