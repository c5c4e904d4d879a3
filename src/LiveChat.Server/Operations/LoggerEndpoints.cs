using LiveChat.Server.Rest;
using LiveChat.Server.Wire;

namespace LiveChat.Server.Operations;

/// <summary><c>/actuator/loggers</c>, in the shapes and words of Spring Boot, which operators have tools for.</summary>
internal static class LoggerEndpoints
{
    public const int LongestName = 256;

    /// <summary>The words, from the level that logs nothing.</summary>
    private static readonly (string Word, LogLevel Level)[] Levels =
    [
        ("OFF", LogLevel.None),
        ("FATAL", LogLevel.Critical),
        ("ERROR", LogLevel.Error),
        ("WARN", LogLevel.Warning),
        ("INFO", LogLevel.Information),
        ("DEBUG", LogLevel.Debug),
        ("TRACE", LogLevel.Trace),
    ];

    public static void MapLoggers(this IEndpointRouteBuilder closed)
    {
        closed.MapMethods("/loggers", ConversationEndpoints.Reading, ReadAll);
        closed.MapMethods("/loggers/{name}", ConversationEndpoints.Reading, Read);
        closed.MapPost("/loggers/{name}", SetAsync);
    }

    private static JsonAnswer<LoggersBody> ReadAll(LogLevels levels) => JsonAnswer.Of(
        new LoggersBody([.. Levels.Select(level => level.Word)], levels.Names.ToDictionary(name => name, name => Body(levels, name))),
        Json.Wire.LoggersBody);

    private static JsonAnswer<LoggerBody> Read(LogLevels levels, string name) => JsonAnswer.Of(Body(levels, Checked(name)), Json.Wire.LoggerBody);

    private static async Task<IResult> SetAsync(HttpContext http, LogLevels levels, ILogger<LogLevels> log, string name)
    {
        var request = await JsonBody.ReadAsync(http, Json.Wire.LoggerLevelRequest);
        LogLevel? level = null;
        if (request.ConfiguredLevel is { } word)
        {
            var known = Array.FindIndex(Levels, one => one.Word.Equals(word, StringComparison.OrdinalIgnoreCase));
            if (known < 0)
                throw new ChatException(ChatError.Validation("configuredLevel", $"must be null or one of {string.Join(", ", Levels.Select(one => one.Word))}"));
            level = Levels[known].Level;
        }

        levels.Set(Checked(name), level);
        OperationsLog.LevelSet(log, Word(levels.EffectiveOf(name)));
        return Results.NoContent();
    }

    private static string Checked(string name)
    {
        var errors = new FieldErrors();
        errors.Required("name", name, LongestName);
        errors.ThrowIfAny();
        return name.Equals(LogLevels.Root, StringComparison.OrdinalIgnoreCase) ? LogLevels.Root : name;
    }

    private static LoggerBody Body(LogLevels levels, string name) =>
        new(levels.ConfiguredOf(name) is { } configured ? Word(configured) : null, Word(levels.EffectiveOf(name)));

    private static string Word(LogLevel level) => Levels.First(one => one.Level == level).Word;
}
