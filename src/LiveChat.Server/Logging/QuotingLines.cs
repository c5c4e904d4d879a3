using Microsoft.Extensions.Options;

namespace LiveChat.Server.Logging;

/// <summary>
/// Lines of the framework that quote a request, its URL or a header that is malformed: with them a credential would reach the log. They are never
/// written, whatever levels are configured, and this is said last so that nothing takes it back.
/// </summary>
internal sealed class QuotingLines : IPostConfigureOptions<LoggerFilterOptions>
{
    private static readonly string[] Categories =
    [
        "Microsoft.AspNetCore.Hosting.Diagnostics",
        "Microsoft.AspNetCore.Server.Kestrel.BadRequests",
        "Microsoft.AspNetCore.HttpLogging",
        "Microsoft.AspNetCore.W3CLogging",
    ];

    public void PostConfigure(string? name, LoggerFilterOptions options)
    {
        // A rule that names a provider goes before one that names none, so each provider that has rules gets its own.
        var providers = options.Rules.Select(rule => rule.ProviderName).Append(null).Distinct().ToList();
        foreach (var provider in providers)
        {
            foreach (var category in Categories)
                options.Rules.Add(new LoggerFilterRule(provider, category, LogLevel.None, filter: null));
        }
    }
}
