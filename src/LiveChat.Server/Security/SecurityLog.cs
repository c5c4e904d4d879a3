namespace LiveChat.Server.Security;

/// <summary>What is said of callers that are not let in. An event id is of one message, over all rooms, for good; no value is anything that people wrote, a token or a session id.</summary>
internal static partial class SecurityLog
{
    [LoggerMessage(31, LogLevel.Warning, "A page of {Origin} called and is not allowed to, so its browser is refused: if it is yours, add {Origin} to Chat:Security:AllowedOrigins")]
    public static partial void UnknownOrigin(ILogger log, string origin);

    [LoggerMessage(32, LogLevel.Warning, "Pages of more than {Count} other web origins have called, and further ones are not named here")]
    public static partial void ManyUnknownOrigins(ILogger log, int count);
}
