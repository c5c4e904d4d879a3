namespace LiveChat.Server.Rest;

public sealed class RestOptions
{
    /// <summary>Default 8383. 0 takes a free port; the one in use is logged at start.</summary>
    public int Port { get; set; } = 8383;
}
