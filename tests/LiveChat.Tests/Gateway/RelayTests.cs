using LiveChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace LiveChat.Tests.Gateway;

/// <summary>The bus is only a hint: what it loses, repeats or reorders, the sockets never see.</summary>
public class RelayTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Sockets_get_every_entry_once_and_in_order_over_a_bus_that_fails(int seed)
    {
        var bus = new FaultyBus(seed);
        await using var server = await RunningServer.StartAsync(services => services.AddSingleton<IEventBus>(bus));
        var id = await server.Rest.StartAsync("f");
        await using var early = await RawSocket.ConnectAsync(server, $"role=customer&conversationId={id}&after=0");

        var sends = Enumerable.Range(0, 8).Select(async sender =>
        {
            for (var i = 0; i < 40; i++)
                (await server.Rest.CustomerSendAsync(id, $"{sender}-{i}")).Must(201);
        }).ToArray();

        // Others come in the middle, from wherever they left off.
        await early.NextAsync(e => e.Sequence >= 50);
        await using var late = await RawSocket.ConnectAsync(server, $"role=customer&conversationId={id}&after=20");
        await early.NextAsync(e => e.Sequence >= 100);
        await using var fresh = await RawSocket.ConnectAsync(server, $"role=customer&conversationId={id}");
        var from = (await fresh.NextAsync("SESSION_READY")).Sequence!.Value;
        await Task.WhenAll(sends).Soon();
        bus.IsGood = true;
        (await server.Rest.CustomerSendAsync(id, "end")).Must(201);

        foreach (var (socket, first) in new[] { (early, 1L), (late, 21L), (fresh, from + 1) })
        {
            await socket.NextAsync(e => e.Content == "end");
            Assert.Equal(Enumerable.Range((int)first, (int)(322 - first + 1)).Select(i => (long)i), socket.Sequences);
        }

        Assert.True(bus.Lost > 0, $"Seed {seed} lost nothing.");
    }
}
