namespace LiveChat.Server.Hosting;

/// <summary>What is said at the start. An event id is of one message, over all rooms, for good; no value is anything that people wrote, a token or a session id.</summary>
internal static partial class StartLog
{
    [LoggerMessage(1, LogLevel.Information, "REST on {RestAddress}, Socket.IO on {GatewayAddress}, data in {Database}; authentication is {Authentication}")]
    public static partial void Started(ILogger log, string restAddress, string gatewayAddress, string database, string authentication);
}
