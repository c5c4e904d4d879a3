namespace LiveChat.Server.Hosting;

/// <summary>What is said at the start. An event id is of one message, over all rooms, for good; no value is anything that people wrote, a token or a session id.</summary>
internal static partial class StartLog
{
    [LoggerMessage(1, LogLevel.Information, "REST on {RestAddress}, Socket.IO on {GatewayAddress}, data in {Database}; authentication is {Authentication}")]
    public static partial void Started(ILogger log, string restAddress, string gatewayAddress, string database, string authentication);

    [LoggerMessage(40, LogLevel.Information, "The certificate has changed; new connections are served with the new one")]
    public static partial void CertificateRead(ILogger log);

    [LoggerMessage(41, LogLevel.Error, "The certificate has changed and cannot be read with its key ({Fault}); the one from before is still served, and the files are looked at again")]
    public static partial void CertificateUnreadable(ILogger log, string fault);
}
