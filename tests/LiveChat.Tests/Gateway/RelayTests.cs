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

    /// <summary>It has read what its sockets missed when the last of them leaves: whoever joins then has another feed, and is not to get it.</summary>
    [Fact]
    public async Task What_a_feed_still_reads_when_it_is_given_up_reaches_nobody_who_has_joined_after_it()
    {
        var bus = new FaultyBus(seed: 0) { IsGood = true };
        var (held, reading) = (new TaskCompletionSource(), new TaskCompletionSource());
        var holds = false;
        await using var server = await RunningServer.StartAsync(services =>
        {
            services.AddSingleton<IEventBus>(bus);
            StorePart.Replace<IConversationLog>(services, async (_, _) =>
            {
                if (!Interlocked.Exchange(ref holds, false))
                    return;
                reading.SetResult();
                await held.Task.Soon();
            });
        });
        var id = await server.Rest.StartAsync("f");
        await using (var first = await RawSocket.ConnectAsync(server, $"role=customer&conversationId={id}"))
        {
            await first.NextAsync("SESSION_READY");

            // It is told that it is ready before it is a member: what it hears from the feed says that it is.
            (await server.Rest.CustomerSendAsync(id, "heard")).Must(201);
            await first.NextAsync(e => e.Content == "heard");
            bus.LosesAll = true;
            (await server.Rest.CustomerSendAsync(id, "lost")).Must(201);
            bus.LosesAll = false;
            Interlocked.Exchange(ref holds, true);
            (await server.Rest.CustomerSendAsync(id, "found after a read")).Must(201);
            await reading.Task.Soon();
        }

        await using var second = await RawSocket.ConnectAsync(server, $"role=customer&conversationId={id}");
        Assert.Equal(4, (await second.NextAsync("SESSION_READY")).Sequence);
        held.SetResult();
        (await server.Rest.CustomerSendAsync(id, "next")).Must(201);
        await second.NextAsync(e => e.Content == "next");

        // The feed that was given up has had its time: whatever it said would have come before the answer to this.
        (await server.Rest.CustomerSendAsync(id, "last")).Must(201);
        await second.NextAsync(e => e.Content == "last");
        Assert.Equal([5, 6], second.Sequences);
    }

    [Fact]
    public async Task A_store_that_fails_while_a_feed_reads_on_delays_what_it_gives_and_loses_nothing()
    {
        var bus = new FaultyBus(seed: 0) { IsGood = true };
        var failures = 0;
        await using var server = await RunningServer.StartAsync(services =>
        {
            services.AddSingleton<IEventBus>(bus);
            StorePart.Replace<IConversationLog>(services, (_, _) => Interlocked.Decrement(ref failures) >= 0 ? throw new IOException("No.") : Task.CompletedTask);
        });
        var id = await server.Rest.StartAsync("f");
        await using var socket = await RawSocket.ConnectAsync(server, $"role=customer&conversationId={id}");
        await socket.NextAsync("SESSION_READY");
        (await server.Rest.CustomerSendAsync(id, "heard")).Must(201);
        await socket.NextAsync(e => e.Content == "heard");
        bus.LosesAll = true;
        (await server.Rest.CustomerSendAsync(id, "lost")).Must(201);
        bus.LosesAll = false;

        Interlocked.Exchange(ref failures, 3);
        for (var i = 0; i < 5; i++)
            (await server.Rest.CustomerSendAsync(id, $"{i}")).Must(201);

        await socket.NextAsync(e => e.Content == "4");
        Assert.Equal([2, 3, 4, 5, 6, 7, 8], socket.Sequences);
    }
}
