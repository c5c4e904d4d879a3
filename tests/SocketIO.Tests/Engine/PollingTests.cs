using System.Net;
using System.Net.Http.Headers;
using SocketIO.Tests.Kit;

namespace SocketIO.Tests.Engine;

public class PollingTests
{
    private static Action<ISocketIO> Echo => io => io.Of("/")
        .On("echo", (received, _) =>
        {
            received.Socket.Emit("echo", EventArguments.From(received));
            return default;
        });

    [Fact]
    public async Task Packets_of_one_post_are_answered_in_one_poll()
    {
        await using var server = await TestServer.StartAsync(register: Echo);
        using var client = server.Polling();
        await client.OpenAsync();
        await client.PostAsync("40");
        Assert.StartsWith("40{\"sid\":", await client.GetAsync(), StringComparison.Ordinal);
        await client.PostAsync("42[\"echo\",1]\u001e42[\"echo\",2]\u001e42[\"echo\",3]");
        Assert.Equal("42[\"echo\",1]\u001e42[\"echo\",2]\u001e42[\"echo\",3]", await client.GetAsync());
    }

    [Fact]
    public async Task A_parked_poll_is_answered_by_an_emit()
    {
        await using var server = await TestServer.StartAsync(register: Echo);
        using var client = server.Polling();
        await client.OpenAsync();
        await client.PostAsync("40");
        await client.GetAsync();
        var parked = client.GetAsync();
        await client.PostAsync("42[\"echo\",\"äöü €😀\"]");
        Assert.Equal("42[\"echo\",\"äöü €😀\"]", await parked);
    }

    [Fact]
    public async Task A_second_poll_ends_both_and_the_session()
    {
        await using var server = await TestServer.StartAsync();
        using var client = server.Polling();
        await client.OpenAsync();
        var first = client.GetAsync();
        var second = client.RawGetAsync();
        var statuses = await Task.WhenAll(first.ContinueWith(task => task.IsCompletedSuccessfully, TaskScheduler.Default), second.ContinueWith(task => task.Result.IsSuccessStatusCode, TaskScheduler.Default));
        Assert.Single(statuses, success => success);
        Assert.Equal(HttpStatusCode.BadRequest, await client.StatusAsync());
        Assert.Equal(0, server.Engine.SessionCount);
    }

    [Fact]
    public async Task A_poll_that_the_client_gives_up_ends_the_session()
    {
        await using var server = await TestServer.StartAsync();
        using var client = server.Polling();
        await client.OpenAsync();
        using var abort = new CancellationTokenSource();
        var parked = client.Http.GetAsync(client.Url, abort.Token);
        await client.PostAsync("3");
        await abort.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => parked).Bounded();
        await Bounds.Until(() => server.Engine.SessionCount == 0);
        Assert.Equal(HttpStatusCode.BadRequest, await client.StatusAsync());
    }

    [Fact]
    public async Task A_close_packet_gives_the_parked_poll_back_with_a_noop()
    {
        await using var server = await TestServer.StartAsync();
        using var client = server.Polling();
        await client.OpenAsync();
        await client.PostAsync("40");
        await client.GetAsync();
        var parked = client.GetAsync();
        await client.PostAsync("3");
        await client.PostAsync("1");
        Assert.Equal("6", await parked);
        Assert.Equal(HttpStatusCode.BadRequest, await client.StatusAsync());
    }

    [Fact]
    public async Task A_poll_that_comes_just_after_its_clients_close_packet_ends_well_once()
    {
        await using var server = await TestServer.StartAsync();
        using var client = server.Polling(eio: 3);
        await client.OpenAsync();
        await client.PostAsync("1:1");
        Assert.Equal("1:6", await client.GetAsync());
        Assert.Equal(HttpStatusCode.BadRequest, await client.StatusAsync());
    }

    [Fact]
    public async Task A_poll_that_crosses_its_clients_close_packet_ends_well_whichever_is_first()
    {
        await using var server = await TestServer.StartAsync();
        using var client = server.Polling(eio: 3);
        for (var i = 0; i < 150; i++)
        {
            await client.OpenAsync();
            var poll = client.GetAsync();
            await client.PostAsync("1:1");
            Assert.Equal("1:6", await poll);
            Assert.Equal(HttpStatusCode.BadRequest, await client.StatusAsync());
        }
    }

    [Theory]
    [InlineData("abc")]
    [InlineData("")]
    [InlineData("3\u001e")]
    [InlineData("\u001e4hello")]
    [InlineData("bnot base64")]
    [InlineData("7")]
    [InlineData("0")]
    [InlineData("2")]
    public async Task A_malformed_or_forbidden_payload_ends_the_session(string body)
    {
        await using var server = await TestServer.StartAsync();
        using var client = server.Polling();
        await client.OpenAsync();
        await client.PostAsync("40");
        await client.GetAsync();
        Assert.Equal(HttpStatusCode.BadRequest, (await client.TryPostAsync(body)).Status);
        Assert.Equal(HttpStatusCode.BadRequest, await client.StatusAsync());
    }

    [Fact]
    public async Task Invalid_UTF8_ends_the_session_and_no_other()
    {
        await using var server = await TestServer.StartAsync(register: Echo);
        using var client = server.Polling();
        using var other = server.Polling();
        await client.OpenAsync();
        await other.OpenAsync();
        using var content = new ByteArrayContent([(byte)'4', 0xc3, 0x28]);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse("text/plain");
        using var response = await client.RawPostAsync(content);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, await client.StatusAsync());
        await other.PostAsync("40");
        Assert.StartsWith("40{", await other.GetAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_binary_body_is_not_revision_4()
    {
        await using var server = await TestServer.StartAsync();
        using var client = server.Polling();
        await client.OpenAsync();
        using var content = new ByteArrayContent([1, 2, 3]);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse("application/octet-stream");
        using var response = await client.RawPostAsync(content);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, await client.StatusAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_over_the_limit_is_413_without_a_body(bool announced)
    {
        await using var server = await TestServer.StartAsync(options => options.Engine.MaxPayload = 1000);
        using var client = server.Polling();
        await client.OpenAsync();
        using HttpContent content = announced ? new ByteArrayContent(new byte[1001]) : new UnannouncedContent(new byte[200_000]);
        using var response = await client.RawPostAsync(content);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Equal("", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        await Bounds.Until(() => server.Engine.SessionCount == 0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_413_is_on_its_way_before_the_close_that_the_parked_poll_gets(bool announced)
    {
        await using var server = await TestServer.StartAsync(options => options.Engine.MaxPayload = 1000, fakeClock: true);
        using var client = server.Polling();
        using var other = server.Polling();
        await other.OpenAsync();
        var body = new string('4', 1001);
        var post = announced ? $"Content-Length: 1001\r\n\r\n{body}" : $"Transfer-Encoding: chunked\r\n\r\n3e9\r\n{body}\r\n0\r\n\r\n";
        for (var i = 0; i < 5; i++)
        {
            await client.OpenAsync();
            using var poll = await RawHttp.ConnectAsync(server);
            using var posting = await RawHttp.ConnectAsync(server);
            await poll.SendAsync($"GET {client.Url} HTTP/1.1\r\nHost: x\r\n\r\n");
            await ParkedAsync(server, client);
            await posting.SendAsync($"POST {client.Url} HTTP/1.1\r\nHost: x\r\n{post}");
            Assert.StartsWith("HTTP/1.1 413", await posting.ReadUntilAsync("\r\n\r\n"), StringComparison.Ordinal);
            await Bounds.Until(() => server.Engine.SessionCount == 1);
            await other.PostAsync("3");
            Assert.Equal(0, poll.Socket.Available);
            await Bounds.Until(() =>
            {
                server.Clock!.Advance(TimeSpan.FromSeconds(1));
                return poll.Socket.Available > 0;
            });
            Assert.Equal("1", await poll.BodyAsync());
        }
    }

    [Fact]
    public async Task Another_method_on_a_session_is_refused_and_the_session_lives_on()
    {
        await using var server = await TestServer.StartAsync();
        using var client = server.Polling();
        await client.OpenAsync();
        using var response = await client.Http.PutAsync(client.Url, null, TestContext.Current.CancellationToken).Bounded();
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(1, server.Engine.SessionCount);
    }

    [Fact]
    public async Task A_client_that_is_thrown_out_fetches_the_close_packet()
    {
        await using var server = await TestServer.StartAsync(register: io => io.Of("/").On("out", (received, _) =>
        {
            received.Socket.Disconnect(close: true);
            return default;
        }));
        using var client = server.Polling();
        await client.OpenAsync();
        await client.PostAsync("40");
        await client.GetAsync();
        await client.PostAsync("42[\"out\"]");
        Assert.Equal("41", await client.GetAsync());
        Assert.Equal("1", await client.GetAsync());
        Assert.Equal(HttpStatusCode.BadRequest, await client.StatusAsync());
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public async Task The_close_comes_with_the_poll_after_the_last_packets(int eio)
    {
        await using var server = await TestServer.StartAsync(register: Out);
        using var client = server.Polling(eio);
        await client.OpenAsync();
        if (eio == 4)
        {
            await client.PostAsync("40");
            await client.GetAsync();
        }

        var parked = client.GetAsync();
        await ParkedAsync(server, client);
        // The post whose handler throws the client out is one like others.
        await client.PostAsync(Framed(eio, "42[\"out\"]"));
        Assert.Equal(Framed(eio, "41"), await parked);
        Assert.Equal(Framed(eio, "1"), await client.GetAsync());
        Assert.Equal(HttpStatusCode.BadRequest, await client.StatusAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_packet_that_the_layer_above_cannot_read_is_posted_well_and_answered_with_the_close(bool parked)
    {
        await using var server = await TestServer.StartAsync();
        using var closed = new Counted(server, "engineio.sessions.closed");
        using var client = server.Polling();
        await client.OpenAsync();
        await client.PostAsync("40");
        await client.GetAsync();
        var poll = parked ? client.GetAsync() : null;
        if (parked)
            await ParkedAsync(server, client);
        await client.PostAsync("42{}");
        Assert.Equal(1, closed["parse error"]);
        Assert.Equal("1", await (poll ?? client.GetAsync()));
        Assert.Equal(HttpStatusCode.BadRequest, await client.StatusAsync());
    }

    [Fact]
    public async Task A_close_that_is_not_fetched_in_time_is_forgotten()
    {
        await using var server = await TestServer.StartAsync(options => options.Engine.CloseTimeout = TimeSpan.FromSeconds(5), fakeClock: true);
        using var client = server.Polling();
        await client.OpenAsync();
        await client.PostAsync("40\u001e42{}");
        server.Clock!.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(HttpStatusCode.BadRequest, await client.StatusAsync());
    }

    private static Task ParkedAsync(TestServer server, PollingClient client) => Bounds.Until(() => server.Engine.Find(client.Sid)!.IsWritable);

    private static string Framed(int eio, string packet) => eio == 4 ? packet : $"{packet.Length}:{packet}";

    private static Action<ISocketIO> Out => io => io.Of("/").On("out", (received, _) =>
    {
        received.Socket.Disconnect(close: true);
        return default;
    });

    private sealed class UnannouncedContent(byte[] data) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => stream.WriteAsync(data).AsTask();

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
