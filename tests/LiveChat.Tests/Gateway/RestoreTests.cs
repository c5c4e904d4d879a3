using LiveChat.Tests.Engines;
using LiveChat.Tests.Support;

namespace LiveChat.Tests.Gateway;

/// <summary>A log that was restored from a backup is not taken for the one that clients have seen, however far it has grown meanwhile.</summary>
public sealed class RestoreTests : IDisposable
{
    private const string Browser = "Mozilla/5.0 (X11; Linux x86_64)";

    private readonly string _folder = Directory.CreateTempSubdirectory("livechat-restore-").FullName;

    private string Restored => Path.Combine(_folder, "restored");

    [Fact]
    public async Task The_official_client_begins_anew()
    {
        var port = FreePort.Next();
        string id;
        Task client;
        await using (var server = await RunningServer.StartInAsync(_folder, null, $"Chat:Gateway:Port={port}"))
        {
            id = await BeginAsync(server);
            (await server.Rest.CustomerSendAsync(id, "lost")).Must(201);
            client = ClientProgram.RunAsync(
                "node",
                Path.Combine(ClientProgram.Folder, "node", "restore.mjs"),
                server.GatewayAddress.GetLeftPart(UriPartial.Authority),
                id,
                "lost",
                "new 5");
            await Waiting.Until(async () => client.IsCompleted || (await server.Rest.EventsAsync(id)).Count == 4);
        }

        await GrowAsync(id);
        await using var again = await RunningServer.StartInAsync(Restored, null, $"Chat:Gateway:Port={port}");
        await client;
    }

    [Fact]
    public async Task Neither_an_offset_nor_a_pid_counts_in_another_epoch_and_both_count_again_in_their_own()
    {
        string id, query;
        (string Pid, string Offset) kept;
        await using (var server = await RunningServer.StartInAsync(_folder, null))
        {
            id = await BeginAsync(server);
            query = $"role=customer&conversationId={id}";
            await using var socket = await RawSocket.ConnectAsync(server.GatewayAddress, query, null, Browser);
            (await server.Rest.CustomerSendAsync(id, "lost")).Must(201);
            kept = (PidOf(socket), (await socket.NextAsync("chat:message")).Offset!);
        }

        await GrowAsync(id);
        await using (var restored = await RunningServer.StartInAsync(Restored, null))
        {
            string own;
            await using (var socket = await RawSocket.ConnectAsync(restored.GatewayAddress, query, null, Browser))
                own = PidOf(socket);
            foreach (var auth in new object[] { new { pid = kept.Pid, offset = kept.Offset }, new { pid = kept.Pid }, new { pid = own, offset = kept.Offset }, new { pid = own, offset = kept.Offset.Split('.')[0] } })
            {
                await using var back = await RawSocket.ConnectAsync(restored.GatewayAddress, query, auth, Browser);
                Assert.DoesNotContain(PidOf(back), new[] { kept.Pid, own });
                var ready = await back.NextAsync("SESSION_READY");

                // As new: nothing of what was said before comes.
                (await restored.Rest.CustomerSendAsync(id, "live")).Must(201);
                await back.NextAsync(e => e.Content == "live");
                Assert.Equal([ready.Sequence!.Value + 1], back.Sequences);
            }

            await using var mine = await RawSocket.ConnectAsync(restored.GatewayAddress, query, new { pid = own }, Browser);
            Assert.Equal(own, PidOf(mine));
        }

        // The same files go on with the same epoch.
        await using var first = await RunningServer.StartInAsync(_folder, null);
        await using var recovered = await RawSocket.ConnectAsync(first.GatewayAddress, query, new { pid = kept.Pid, offset = kept.Offset }, Browser);
        Assert.Equal(kept.Pid, PidOf(recovered));
    }

    [Fact]
    public async Task Who_comes_with_more_than_there_is_hears_how_far_the_log_goes_and_all_that_follows()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");
        (await server.Rest.CustomerSendAsync(id, "one")).Must(201);

        await using var ahead = await RawSocket.ConnectAsync(server, $"role=customer&conversationId={id}&after=9");
        Assert.Equal(2, (await ahead.NextAsync("SESSION_READY")).Sequence);
        (await server.Rest.CustomerSendAsync(id, "two")).Must(201);
        await ahead.NextAsync(e => e.Content == "two");
        Assert.Equal([3], ahead.Sequences);

        await using var anew = await RawSocket.ConnectAsync(server, $"role=customer&conversationId={id}&after=0");
        await anew.NextAsync(e => e.Content == "two");
        Assert.Equal([1, 2, 3], anew.Sequences);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>A conversation with a message, which is in the backup, and a backup.</summary>
    private async Task<string> BeginAsync(RunningServer server)
    {
        var id = await server.Rest.StartAsync("f");
        (await server.Rest.CustomerSendAsync(id, "kept")).Must(201);
        Directory.CreateDirectory(Restored);
        var (_, errors, exitCode) = await ServerProcess.CommandAsync(
            "backup", Path.Combine(Restored, "livechat.db"), $"--ConnectionStrings:Sqlite=Data Source={Path.Combine(_folder, "livechat.db")}");
        Assert.Equal((0, ""), (exitCode, errors));
        return id;
    }

    /// <summary>Before its clients come back the restored log has grown past what they saw of the other.</summary>
    private async Task GrowAsync(string id)
    {
        await using var server = await RunningServer.StartInAsync(Restored, null);
        for (var i = 1; i <= 5; i++)
            (await server.Rest.CustomerSendAsync(id, $"new {i}")).Must(201);
    }

    private static string PidOf(RawSocket socket) => socket.Connect.GetProperty("pid").GetString()!;
}
