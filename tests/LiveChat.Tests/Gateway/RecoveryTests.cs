using LiveChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace LiveChat.Tests.Gateway;

/// <summary>Socket.IO's connection state recovery, as the official client's library asks for it, served from the log.</summary>
public class RecoveryTests
{
    private const string Browser = "Mozilla/5.0 (X11; Linux x86_64)";

    [Theory]
    [InlineData("websocket")]
    [InlineData("polling")]
    [InlineData("upgrade")]
    public async Task The_official_client_is_recovered_without_a_line_of_its_own(string transport)
    {
        await using var server = await RunningServer.StartAsync();

        await ClientProgram.RunAsync(
            "node",
            Path.Combine(ClientProgram.Folder, "node", "recovery.mjs"),
            transport,
            server.RestAddress.GetLeftPart(UriPartial.Authority),
            server.GatewayAddress.GetLeftPart(UriPartial.Authority));
    }

    [Fact]
    public async Task It_may_come_back_to_another_process()
    {
        var folder = Directory.CreateTempSubdirectory("livechat-test-").FullName;
        try
        {
            string id;
            (string Pid, string Offset) kept;
            await using (var first = await RunningServer.StartInAsync(folder, replace: null))
            {
                id = await first.Rest.StartAsync("f");
                await using var socket = await ConnectAsync(first, $"role=customer&conversationId={id}");
                (await first.Rest.CustomerSendAsync(id, "seen")).Must(201);
                kept = (Pid(socket), (await socket.NextAsync("chat:message")).Offset!);
                Assert.StartsWith("2@", kept.Offset, StringComparison.Ordinal);
                (await first.Rest.CustomerSendAsync(id, "missed")).Must(201);
            }

            await using var second = await RunningServer.StartInAsync(folder, replace: null);
            (await second.Rest.CustomerSendAsync(id, "missed too")).Must(201);
            await using var back = await ConnectAsync(second, $"role=customer&conversationId={id}", kept);
            (await second.Rest.CustomerSendAsync(id, "live")).Must(201);

            await back.NextAsync(e => e.Content == "live");
            Assert.Equal(kept.Pid, Pid(back));
            Assert.Equal([3, 4, 5], back.Sequences);
            Assert.Equal([2, 3, 4, 5], back.Seen.Select(Number));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task The_offset_wins_over_the_after_of_the_first_connect()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");
        (await server.Rest.CustomerSendAsync(id, "one")).Must(201);
        var query = $"role=customer&conversationId={id}&after=0";
        await using var socket = await ConnectAsync(server, query);
        var last = await socket.NextAsync("chat:message");
        // Until the replay has brought it, the client counts as having seen no more than it said.
        Assert.Equal([0, 1, 2], socket.Seen.Select(Number));

        await using var back = await ConnectAsync(server, query, (Pid(socket), last.Offset!));
        (await server.Rest.CustomerSendAsync(id, "two")).Must(201);
        await back.NextAsync(e => e.Content == "two");
        Assert.Equal([3], back.Sequences);
    }

    [Fact]
    public async Task A_client_that_was_cut_off_before_its_first_event_is_given_all_since_it_was_let_in()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");
        var query = $"role=customer&conversationId={id}";
        string pid;
        await using (var socket = await ConnectAsync(server, query))
            pid = Pid(socket);
        (await server.Rest.CustomerSendAsync(id, "missed")).Must(201);

        await using var back = await RawSocket.ConnectAsync(server.GatewayAddress, query, new { pid }, Browser);
        await back.NextAsync("chat:message");
        Assert.Equal(pid, Pid(back));
        Assert.Equal([2], back.Sequences);
    }

    [Fact]
    public async Task A_visitor_that_is_followed_is_recovered_over_the_end_of_one_conversation_and_the_start_of_the_next()
    {
        await using var server = await RunningServer.StartAsync();
        var first = await server.Rest.StartAsync("f");
        await using var socket = await ConnectAsync(server, "role=customer&fingerprint=f");
        var kept = (Pid(socket), (await socket.NextAsync("SESSION_READY")).Offset!);
        (await server.Rest.PostAsync($"/api/customer/conversations/{first}/close")).Must(200);
        var second = await server.Rest.StartAsync("f");
        (await server.Rest.CustomerSendAsync(second, "missed")).Must(201);

        await using var back = await ConnectAsync(server, "role=customer&fingerprint=f", kept);
        await back.NextAsync(e => e.Content == "missed");
        Assert.Equal(kept.Item1, Pid(back));
        Assert.Equal([(first, 2), (second, 1), (second, 2)], Entries(back));
    }

    [Fact]
    public async Task A_visitor_that_moved_on_comes_back_to_where_it_had_got_also_when_that_is_over()
    {
        await using var server = await RunningServer.StartAsync();
        var first = await server.Rest.StartAsync("f");
        await using var socket = await ConnectAsync(server, "role=customer&fingerprint=f");
        await socket.NextAsync("SESSION_READY");
        (await server.Rest.CustomerSendAsync(first, "one")).Must(201);
        (await server.Rest.PostAsync($"/api/customer/conversations/{first}/close")).Must(200);
        await socket.NextAsync("CONVERSATION_CLOSED");
        var second = await server.Rest.StartAsync("f");
        var kept = (Pid(socket), (await socket.NextAsync("SESSION_READY")).Offset!);
        (await server.Rest.CustomerSendAsync(second, "missed")).Must(201);
        (await server.Rest.PostAsync($"/api/customer/conversations/{second}/close")).Must(200);

        await using var back = await ConnectAsync(server, "role=customer&fingerprint=f", kept);
        await back.NextAsync("CONVERSATION_CLOSED");
        Assert.Equal(kept.Item1, Pid(back));
        Assert.Equal([(second, 2), (second, 3)], Entries(back));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_visitor_that_connected_before_it_had_a_conversation_is_recovered(bool sawItBegin)
    {
        await using var server = await RunningServer.StartAsync();
        await using var socket = await ConnectAsync(server, "role=customer&fingerprint=f");
        var pid = Pid(socket);
        if (!sawItBegin)
            await socket.DisposeAsync();
        var id = await server.Rest.StartAsync("f");
        var offset = sawItBegin ? (await socket.NextAsync("SESSION_READY")).Offset : null;
        (await server.Rest.CustomerSendAsync(id, "missed")).Must(201);

        object auth = offset is null ? new { pid } : new { pid, offset };
        await using var back = await RawSocket.ConnectAsync(server.GatewayAddress, "role=customer&fingerprint=f", auth, Browser);
        await back.NextAsync(e => e.Content == "missed");
        Assert.Equal(pid, Pid(back));
        Assert.Equal(sawItBegin ? [(id, 2)] : [(id, 1), (id, 2)], Entries(back));
    }

    [Fact]
    public async Task An_offset_of_a_strangers_conversation_is_worth_nothing()
    {
        await using var server = await RunningServer.StartAsync();
        await server.Rest.StartAsync("f");
        await server.Rest.StartAsync("g");
        await using var mine = await ConnectAsync(server, "role=customer&fingerprint=f");
        await using var theirs = await ConnectAsync(server, "role=customer&fingerprint=g");
        var offset = (await theirs.NextAsync("SESSION_READY")).Offset!;

        await using var fresh = await ConnectAsync(server, "role=customer&fingerprint=f", (Pid(mine), offset));
        Assert.NotEqual(Pid(mine), Pid(fresh));
    }

    [Fact]
    public async Task What_is_not_ours_not_theirs_or_too_old_connects_as_new()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await RunningServer.StartAsync(
            services => services.AddSingleton<TimeProvider>(clock), "Chat:Gateway:RecoveryLifetime=01:00:00", "Chat:Housekeeping:Interval=10:00:00");
        var (id, other) = (await server.Rest.StartAsync("f"), await server.Rest.StartAsync("g"));
        var query = $"role=customer&conversationId={id}";
        await using var socket = await ConnectAsync(server, query);
        var pid = Pid(socket);
        var changed = (pid[0] == 'A' ? 'B' : 'A') + pid[1..];

        var offset = (await socket.NextAsync("SESSION_READY")).Offset!;
        foreach (var (asked, given, seen) in new[]
        {
            (query, changed, offset), (query, "made up", offset), (query, "", offset), (query, pid, "-" + offset), (query, pid, "x"), (query, pid, "1"),
            (query, pid, "99" + offset[1..]), ($"role=customer&conversationId={other}", pid, offset), (query + "&fingerprint=f", pid, offset),
        })
        {
            await using var fresh = await ConnectAsync(server, asked, (given, seen));
            Assert.NotEqual(given, Pid(fresh));
            Assert.Equal(1, Number(await fresh.NextAsync("SESSION_READY")));
        }

        clock.Advance(TimeSpan.FromHours(2));
        await using var late = await ConnectAsync(server, query, (pid, offset));
        Assert.NotEqual(pid, Pid(late));
    }

    [Fact]
    public async Task An_agent_that_lost_the_conversation_is_refused_like_any_other()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await RunningServer.StartAsync(services => services.AddSingleton<TimeProvider>(clock));
        var id = await server.Rest.StartAsync("f");
        (await server.Rest.AcceptAsync(id)).Must(200);
        var query = $"role=agent&fingerprint=agent-123&conversationId={id}";
        string pid;
        await using (var socket = await ConnectAsync(server, query))
            pid = Pid(socket);
        await Waiting.Until(async () =>
        {
            clock.Advance(TimeSpan.FromMinutes(3));
            return await StatusAsync() == "QUEUED";
        });

        var (refused, answer) = await RawSocket.TryConnectAsync(server.GatewayAddress, query, new { pid }, Browser);
        await using (refused)
            Assert.StartsWith("44{", answer, StringComparison.Ordinal);

        async Task<string?> StatusAsync() =>
            (await server.Rest.GetAsync($"/api/customer/conversations/{id}")).Json.GetProperty("status").GetString();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("python-requests/2.28.1")]
    [InlineData("Dart/3.5 (dart:io)")]
    public async Task A_library_that_knows_no_offsets_is_not_given_any(string? userAgent)
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");
        await using var official = await ConnectAsync(server, $"role=customer&conversationId={id}");
        await official.NextAsync("SESSION_READY");
        await using var other = await RawSocket.ConnectAsync(server.GatewayAddress, $"role=customer&conversationId={id}", userAgent: userAgent);
        await other.NextAsync("SESSION_READY");

        (await server.Rest.CustomerSendAsync(id, "to both")).Must(201);
        Assert.Equal(2, Number(await official.NextAsync("chat:message")));
        await other.NextAsync("chat:message");
        Assert.All(other.Seen, e => Assert.Null(e.Offset));
        Assert.False(other.Connect.TryGetProperty("pid", out _));
    }

    private static Task<RawSocket> ConnectAsync(RunningServer server, string query, (string Pid, string Offset)? kept = null) =>
        RawSocket.ConnectAsync(server.GatewayAddress, query, kept is { } k ? new { pid = k.Pid, offset = k.Offset } : null, Browser);

    private static int Number(SocketEvent e) => int.Parse(e.Offset!.Split('@')[0], null);

    private static IEnumerable<(string, long)> Entries(RawSocket socket) => socket.Seen
        .Where(e => e.Type != "SESSION_READY" && e.Sequence is not null)
        .Select(e => (e.Payload.GetProperty("conversationId").GetString()!, e.Sequence!.Value));

    private static string Pid(RawSocket socket) => socket.Connect.GetProperty("pid").GetString()!;
}
