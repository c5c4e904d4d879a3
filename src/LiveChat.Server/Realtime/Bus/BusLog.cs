namespace LiveChat.Server.Realtime.Bus;

/// <summary>What the bus between servers says to the operator. An event id is of one message, over all rooms, for good.</summary>
internal static partial class BusLog
{
    [LoggerMessage(60, LogLevel.Warning, "The bus over {Transport} is down: entries of other servers are read from the store until it is back")]
    public static partial void Down(ILogger log, string transport);

    [LoggerMessage(61, LogLevel.Information, "The bus over {Transport} is up")]
    public static partial void Up(ILogger log, string transport);

    [LoggerMessage(62, LogLevel.Warning, "The bus over {Transport} failed {Times} times since the last line, and goes on; the last reason: {Reason}")]
    public static partial void Failed(ILogger log, string transport, int times, string reason);

    [LoggerMessage(63, LogLevel.Warning, "The bus over {Transport} dropped {Items} items since the last line, which are read from the store instead")]
    public static partial void Dropped(ILogger log, string transport, int items);
}
