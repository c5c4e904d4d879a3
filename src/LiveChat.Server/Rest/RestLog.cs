namespace LiveChat.Server.Rest;

/// <summary>What REST says to the operator. An event id is of one message, over all rooms, for good; no value is anything that people wrote, a token or a session id.</summary>
internal static partial class RestLog
{
    [LoggerMessage(15, LogLevel.Information, "Erased a customer: {Conversations} conversations with {Messages} messages")]
    public static partial void Erased(ILogger log, int conversations, long messages);
}
