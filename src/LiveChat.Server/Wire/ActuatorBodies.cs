namespace LiveChat.Server.Wire;

/// <summary>The answer of <c>/actuator/info</c>.</summary>
internal sealed record InfoBody(BuildBody Build, RuntimeBody Runtime, long UptimeSeconds);

internal sealed record BuildBody(string Version, string? Commit, string Time);

internal sealed record RuntimeBody(string Framework, string Os);

/// <summary>The answer of <c>/actuator/loggers</c>.</summary>
internal sealed record LoggersBody(IReadOnlyList<string> Levels, IReadOnlyDictionary<string, LoggerBody> Loggers);

internal sealed record LoggerBody(string? ConfiguredLevel, string EffectiveLevel);

internal sealed record LoggerLevelRequest(string? ConfiguredLevel);
