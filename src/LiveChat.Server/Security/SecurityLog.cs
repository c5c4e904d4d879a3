namespace LiveChat.Server.Security;

/// <summary>What is said of callers that are not let in. An event id is of one message, over all rooms, for good; no value is anything that people wrote, a token or a session id.</summary>
internal static partial class SecurityLog
{
    [LoggerMessage(31, LogLevel.Warning, "A page of {Origin} called and is not allowed to, so its browser is refused: if it is yours, add {Origin} to Chat:Security:AllowedOrigins")]
    public static partial void UnknownOrigin(ILogger log, string origin);

    [LoggerMessage(32, LogLevel.Warning, "Pages of more than {Count} other web origins have called, and further ones are not named here")]
    public static partial void ManyUnknownOrigins(ILogger log, int count);

    [LoggerMessage(34, LogLevel.Warning, "A page that has no origin of its own (a file, a sandboxed frame), or says none, called and is not allowed to: serve it from a web server")]
    public static partial void NoOrigin(ILogger log);

    [LoggerMessage(35, LogLevel.Warning, "The keys of Chat:Security:Jwt:Authority could not be fetched ({Fault}; a private authority for certificates is named by SSL_CERT_FILE); tokens are judged by those that were fetched before, if any")]
    public static partial void NoIssuerKeys(ILogger log, string fault);

    [LoggerMessage(36, LogLevel.Debug, "A JWT was refused: {Fault}")]
    public static partial void TokenRefused(ILogger log, string fault);
}
