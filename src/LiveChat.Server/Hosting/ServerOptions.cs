using LiveChat.Server.Gateway;
using LiveChat.Server.Operations;
using LiveChat.Server.Pages;
using LiveChat.Server.Realtime.Bus;
using LiveChat.Server.Rest;
using LiveChat.Server.Security;
using LiveChat.Server.Storage;

namespace LiveChat.Server.Hosting;

/// <summary>What an operator may set of the program itself, section <c>Chat</c> of the configuration beside <see cref="ChatOptions"/>.</summary>
public sealed class ServerOptions
{
    /// <summary>The address both listeners bind. Default <c>0.0.0.0</c>, in Development <c>127.0.0.1</c>.</summary>
    public string Host { get; set; } = "0.0.0.0";

    public RestOptions Rest { get; } = new();

    public GatewayOptions Gateway { get; } = new();

    public ConnectionsOptions Connections { get; } = new();

    public StorageOptions Storage { get; } = new();

    public ClusterOptions Cluster { get; } = new();

    public RedisOptions Redis { get; } = new();

    public SecurityOptions Security { get; } = new();

    public AdminOptions Admin { get; } = new();

    public ShutdownOptions Shutdown { get; } = new();

    public PagesOptions Pages { get; } = new();
}
