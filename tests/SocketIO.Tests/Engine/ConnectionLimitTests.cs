using System.Net;
using System.Net.Sockets;
using EngineIO;
using EngineIO.Epoll;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using SocketIO.Tests.Kit;

namespace SocketIO.Tests.Engine;

/// <summary>What connections may take of the process: their number, and what they do not read.</summary>
public class ConnectionLimitTests
{
    private const int AnswerSize = 4_000_000;

    private readonly FakeTimeProvider _clock = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Over_the_limit_the_newest_connection_is_refused_and_WebSockets_count()
    {
        using var lines = new LogLines("EngineIO.Epoll");
        await using var server = await StartAsync(options => options.MaxConnections = 3, lines);
        using var refused = new Counted(server, "engineio.connections.refused");
        using var active = new Counted(server, "engineio.connections.active");
        await using var webSocket = await server.ConnectAsync();
        using var http = await RawHttp.ConnectAsync(server);
        await http.SendAsync("GET /hi HTTP/1.1\r\nHost: x\r\n\r\n");
        Assert.Equal("hi", await http.BodyAsync());
        using var idle = await RawHttp.ConnectAsync(server);
        await Bounds.Until(() => active.Total == 3);

        for (var i = 1; i <= 5; i++)
        {
            using var over = await RawHttp.ConnectAsync(server);
            Assert.True(await EndsAsync(over));
            Assert.Equal(i, refused["connections"]);
        }

        Assert.Single(lines.Lines);
        webSocket.Abort();
        await Bounds.Until(() => active.Total == 2);
        await using var next = await server.ConnectAsync();
        await next.SendFrameAsync(Opcode.Ping, []);
        Assert.Equal(Opcode.Pong, (await next.FrameAsync())!.Opcode);
    }

    [Fact]
    public async Task Connections_of_one_address_are_limited_and_others_let_in()
    {
        await using var server = await StartAsync(options => options.MaxConnectionsPerAddress = 2);
        using var refused = new Counted(server, "engineio.connections.refused");
        using var active = new Counted(server, "engineio.connections.active");
        await using var webSocket = await server.ConnectAsync();
        using var http = await RawHttp.ConnectAsync(server);
        await Bounds.Until(() => active.Total == 2);
        using (var over = await RawHttp.ConnectAsync(server))
            Assert.True(await EndsAsync(over));
        Assert.Equal(1, refused["connections of one address"]);

        using var socket = new System.Net.Sockets.Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0));
        await socket.ConnectAsync(IPAddress.Loopback, server.Port, Token).AsTask().Bounded();
        using var other = new RawHttp(socket);
        await other.SendAsync("GET /hi HTTP/1.1\r\nHost: x\r\n\r\n");
        Assert.Equal("hi", await other.BodyAsync());

        webSocket.Abort();
        await Bounds.Until(() => active.Total == 2);
        await using var next = await server.ConnectAsync();
    }

    [Theory]
    [InlineData("10.1.2.3", "10.1.2.3")]
    [InlineData("::ffff:10.1.2.3", "10.1.2.3")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::")]
    [InlineData("fe80::1:2%3", "fe80::")]
    [InlineData("::1", "::")]
    public void A_client_is_an_IPv4_address_or_an_IPv6_network_of_64_bits(string address, string client) =>
        Assert.Equal(client, ClientAddress.Group(IPAddress.Parse(address)).ToString());

    [Fact]
    public async Task A_client_that_takes_nothing_of_its_answer_is_cut_in_time()
    {
        await using var server = await StartAsync();
        using var cut = new Counted(server, "engineio.connections.cut");
        using var active = new Counted(server, "engineio.connections.active");
        using var client = await RawHttp.ConnectAsync(server, receiveBuffer: 4096);
        await client.SendAsync("GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
        await CutAsync(1);
        Assert.True(await EndsAsync(client));

        // A WebSocket too, when it has left the web server.
        await using var webSocket = await RawWebSocket.ConnectAsync(server.Port, "/socket.io/?EIO=4&transport=websocket", receiveBuffer: 4096);
        await webSocket.SendAsync("40");
        await webSocket.SendAsync("42[\"much\"]");
        await CutAsync(2);
        await Bounds.Until(() => server.Engine.SessionCount == 0);

        Task CutAsync(int count) => Bounds.Until(() =>
        {
            _clock.Advance(TimeSpan.FromSeconds(10));
            return cut["time"] == count && active.Total == 0;
        });
    }

    [Fact]
    public async Task A_client_that_reads_slowly_but_reads_gets_all_of_its_answer()
    {
        await using var server = await StartAsync();
        using var cut = new Counted(server, "engineio.connections.cut");
        using var client = await RawHttp.ConnectAsync(server, receiveBuffer: 4096);
        await client.SendAsync("GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
        // The kernel holds so much for it that the server gets rid of nothing for long.
        Assert.Equal(AnswerSize, (await client.BodyAsync(() => _clock.Advance(TimeSpan.FromSeconds(1)))).Length);
        Assert.Equal(0, cut.Total);
    }

    [Fact]
    public async Task What_waits_for_all_clients_is_bounded_and_who_has_read_nothing_for_the_longest_goes_first()
    {
        await using var server = await StartAsync(options => options.MaxUnsentBytes = 10_000_000);
        using var cut = new Counted(server, "engineio.connections.cut");
        using var active = new Counted(server, "engineio.connections.active");
        using var unsent = new Counted(server, "engineio.connections.unsent");
        var stalled = new List<RawHttp>();
        for (var i = 0; i < 8; i++)
        {
            stalled.Add(await RawHttp.ConnectAsync(server, receiveBuffer: 4096));
            await stalled[i].SendAsync("GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
            await Bounds.Until(() => unsent.Total + cut.Total * AnswerSize > i * AnswerSize);
            _clock.Advance(TimeSpan.FromMilliseconds(10));
        }

        // Of answers of 4 MB no more than two can wait in 10 MB.
        await Bounds.Until(() => cut["bytes of all together"] == 6 && active.Total == 2);
        using var reader = await RawHttp.ConnectAsync(server);
        await reader.SendAsync("GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
        Assert.Equal(AnswerSize, (await reader.BodyAsync()).Length);
        Assert.InRange(cut.Total, 6, 7);
        foreach (var each in stalled)
            each.Dispose();
        await Bounds.Until(() => active.Total == 1);
    }

    [Fact]
    public async Task Requests_whose_answers_nobody_reads_are_served_one_at_a_time()
    {
        var served = 0;
        await using var server = await StartAsync(onLarge: () => Interlocked.Increment(ref served));
        using var client = await RawHttp.ConnectAsync(server, receiveBuffer: 4096);
        await client.SendAsync(string.Concat(Enumerable.Repeat("GET /large HTTP/1.1\r\nHost: x\r\n\r\n", 20)));
        await Bounds.Until(() => client.Socket.Available > 0);
        using var other = await RawHttp.ConnectAsync(server);
        await other.SendAsync("GET /hi HTTP/1.1\r\nHost: x\r\n\r\n");
        Assert.Equal("hi", await other.BodyAsync());
        Assert.Equal(1, served);
        for (var i = 0; i < 3; i++)
            Assert.Equal(AnswerSize, (await client.BodyAsync()).Length);
        Assert.InRange(served, 3, 4);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_web_servers_own_minimum_of_bytes_per_second_cuts_a_client_that_reads_too_slowly(bool inlineSockets)
    {
        var aborted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await TestServer.StartAsync(
            build: builder => builder.WebHost.ConfigureKestrel(kestrel =>
                kestrel.Limits.MinResponseDataRate = new MinDataRate(1e9, TimeSpan.FromSeconds(1.5))),
            map: app => app.MapGet("/large", async (HttpContext http) =>
            {
                await using var aborting = http.RequestAborted.Register(() => aborted.TrySetResult());
                await http.Response.Body.WriteAsync(new byte[10 * AnswerSize], Token);
                await aborted.Task;
            }),
            inlineSockets: inlineSockets);
        using var client = await RawHttp.ConnectAsync(server, receiveBuffer: 4096);
        await client.SendAsync("GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
        await aborted.Task.Bounded();
    }

    [Fact]
    public async Task Settings_that_cannot_be_stop_the_start_with_their_names()
    {
        var fault = await Assert.ThrowsAnyAsync<Exception>(() => StartAsync(options => (options.MaxConnections, options.SendTimeout) = (-1, TimeSpan.Zero)));
        Assert.Contains("MaxConnections must not be negative", fault.ToString(), StringComparison.Ordinal);
        Assert.Contains("SendTimeout must be between", fault.ToString(), StringComparison.Ordinal);
    }

    private Task<TestServer> StartAsync(Action<EpollOptions>? limits = null, ILoggerProvider? log = null, Action? onLarge = null) => TestServer.StartAsync(
        options =>
        {
            options.Engine.MaxSendBufferBytes = 100_000_000;
            options.Engine.WriteTimeout = TimeSpan.FromHours(1);
        },
        register: io => io.Of("/").On("much", (received, _) =>
        {
            for (var i = 0; i < 90; i++)
                received.Socket.Emit("x", System.Text.Encoding.UTF8.GetBytes($"\"{new string('x', 100_000)}\""));
            return default;
        }),
        build: builder =>
        {
            builder.Services.Configure<EpollOptions>(options => options.Clock = _clock);
            if (limits is not null)
                builder.Services.Configure(limits);
            if (log is not null)
                builder.Logging.AddProvider(log);
        },
        map: app =>
        {
            app.MapGet("/hi", (HttpContext http) => AnswerAsync(http, "hi"u8.ToArray()));
            app.MapGet("/large", (HttpContext http) =>
            {
                onLarge?.Invoke();
                return AnswerAsync(http, new byte[AnswerSize]);
            });
            app.MapSocketIO();
        },
        inlineSockets: true);

    private static async Task AnswerAsync(HttpContext http, byte[] body)
    {
        http.Response.ContentLength = body.Length;
        await http.Response.Body.WriteAsync(body, http.RequestAborted);
    }

    /// <summary>Whether the server has closed or reset the connection, whatever it has sent before.</summary>
    private static async Task<bool> EndsAsync(RawHttp client)
    {
        var buffer = new byte[65536];
        try
        {
            while (await client.Stream.ReadAsync(buffer, Token).Bounded() > 0)
            {
            }
        }
        catch (IOException)
        {
            // Reset.
        }

        return true;
    }
}
