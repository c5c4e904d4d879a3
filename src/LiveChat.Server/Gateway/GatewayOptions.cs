namespace LiveChat.Server.Gateway;

public sealed class GatewayOptions
{
    /// <summary>Default 9094. 0 takes a free port; the one in use is logged at start.</summary>
    public int Port { get; set; } = 9094;

    /// <summary>How long after its first connect a client may come back by Socket.IO's connection state recovery. Default 24 h.</summary>
    public TimeSpan RecoveryLifetime { get; set; } = TimeSpan.FromHours(24);
}
