using LiveChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using SocketIO;

namespace LiveChat.Tests.Gateway;

/// <summary>The official client behind a network that delays, throttles, cuts and goes half-open: nothing lost, nothing twice.</summary>
public class BadNetworkTests
{
    [Theory]
    [InlineData("websocket")]
    [InlineData("polling")]
    [InlineData("upgrade")]
    public async Task The_official_client_gets_everything_once_and_in_order(string transport)
    {
        var seed = Random.Shared.Next();
        await using var server = await RunningServer.StartAsync(services => services.Configure<SocketIOOptions>(options =>
        {
            // A half-open connection is found by its heartbeat, here within a second.
            options.Engine.PingInterval = TimeSpan.FromMilliseconds(400);
            options.Engine.PingTimeout = TimeSpan.FromMilliseconds(400);
        }));
        await using var network = new FaultyNetwork(server.GatewayAddress, seed);
        try
        {
            await ClientProgram.RunAsync(
                "node",
                Path.Combine(ClientProgram.Folder, "node", "recovery.mjs"),
                transport,
                server.RestAddress.GetLeftPart(UriPartial.Authority),
                network.Address.GetLeftPart(UriPartial.Authority),
                "bad-network");
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"Seed {seed}, {network.Broken} connections broken.", exception);
        }

        Assert.True(network.Broken > 0, $"Seed {seed} broke nothing.");
    }
}
