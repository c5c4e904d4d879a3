using LiveChat.Tests.Engines;
using LiveChat.Tests.Support;

namespace LiveChat.Tests.Cluster;

/// <summary>PostgreSQL's primary dies while messages are sent, and its standby takes over.</summary>
public sealed class FailoverTests
{
    private const int Enough = 50;

    [Fact]
    public async Task The_server_goes_on_at_the_standby_and_nothing_acknowledged_is_lost()
    {
        await using var primary = await PostgresServer.StartAsync();
        await using var standby = await primary.StandbyAsync();
        await using var server = await RunningServer.StartAsync(
            "ConnectionStrings:Sqlite=",
            $"ConnectionStrings:Postgres=Host=127.0.0.1:{primary.Port},127.0.0.1:{standby.Port};Username=postgres;Database=postgres",
            "Chat:Storage:WriteTimeout=00:00:02");
        server.ExpectsErrors = true;
        var id = await server.Rest.StartAsync("f");
        (await server.Rest.AcceptAsync(id)).Must(200);
        await using var customer = await RawSocket.ConnectAsync(server, $"role=customer&conversationId={id}");

        var acknowledged = 0;
        using var over = new CancellationTokenSource();
        var sending = Task.Run(async () =>
        {
            while (!over.IsCancellationRequested)
            {
                var answer = await server.Rest.AgentSendAsync(id, $"m{acknowledged}", $"k{acknowledged}");
                Assert.Contains(answer.Status, new[] { 200, 201, 500, 503 });
                if (answer.Status <= 201)
                    acknowledged++;
            }
        }, CancellationToken.None);
        await Waiting.Until(() => Volatile.Read(ref acknowledged) > Enough);
        await primary.StopImmediatelyAsync();
        await standby.PromoteAsync();
        var before = Volatile.Read(ref acknowledged);
        await Waiting.Until(() => Volatile.Read(ref acknowledged) > before + Enough);
        await over.CancelAsync();
        await sending.Soon();

        var sent = Enumerable.Range(0, acknowledged).Select(i => $"m{i}").ToList();
        var stored = (await server.Rest.EventsAsync(id)).Where(e => e.GetProperty("event").GetString() == "chat:message")
            .Select(e => e.GetProperty("payload").GetProperty("message").GetProperty("content").GetString()!);
        Assert.Equal(sent, stored.Take(acknowledged));
        await customer.NextAsync(e => e.Content == sent[^1]);
        Assert.Equal(sent, customer.Seen.Select(e => e.Content).OfType<string>());
    }
}
