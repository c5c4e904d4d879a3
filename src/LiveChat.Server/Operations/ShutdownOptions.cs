namespace LiveChat.Server.Operations;

public sealed class ShutdownOptions
{
    /// <summary>How long stopping may take, from the signal to the end of the process. Default 20 s.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Over how long sockets are closed, so that their clients do not all reconnect at once. Default 3 s.</summary>
    public TimeSpan Spread { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>What of the timeout is left to the store, to finish the commit that is under way.</summary>
    public TimeSpan ForStore => Timeout / 4 < LongestForStore ? Timeout / 4 : LongestForStore;

    /// <summary>What of the timeout calls in flight and sockets have.</summary>
    public TimeSpan ForCalls => Timeout - ForStore;

    private static readonly TimeSpan LongestForStore = TimeSpan.FromSeconds(5);
}
