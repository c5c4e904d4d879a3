using System.IO.Compression;
using System.Net.WebSockets;
using System.Text;
using SocketIO.Tests.Kit;

namespace SocketIO.Tests.Engine;

/// <summary>Compressed answers to polls, and permessage-deflate (RFC 7692).</summary>
public class CompressionTests
{
    private const string Offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";

    private static readonly string Long = string.Concat(Enumerable.Range(0, 5000).Select(i => $"{i} "));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static Action<ISocketIO> Echo => io => io.Of("/").On("echo", (received, _) =>
    {
        received.Socket.Emit("echo", EventArguments.From(received));
        return default;
    });

    private static Task<TestServer> StartAsync(int? threshold = 1000, int maxPayload = 100_000) => TestServer.StartAsync(
        options => (options.Engine.PollingCompressionThreshold, options.Engine.WebSocketCompressionThreshold, options.Engine.MaxPayload) = (threshold, threshold, maxPayload),
        Echo);

    [Theory]
    [InlineData("gzip", 1000, true)]
    [InlineData("br, GZIP;q=0.5", 1000, true)]
    [InlineData("gzip;q=0", 1000, false)]
    [InlineData("br", 1000, false)]
    [InlineData("", 1000, false)]
    [InlineData("gzip", 100_000, false)]
    [InlineData("gzip", null, false)]
    public async Task A_long_answer_to_a_poll_is_compressed_for_who_takes_it(string encodings, int? threshold, bool compressed)
    {
        await using var server = await StartAsync(threshold);
        using var client = server.Polling();
        await client.OpenAsync();
        await client.PostAsync("40");
        await client.GetAsync();
        await client.PostAsync($"42[\"echo\",\"{Long}\"]");
        using var request = new HttpRequestMessage(HttpMethod.Get, client.Url);
        request.Headers.TryAddWithoutValidation("Accept-Encoding", encodings);
        using var response = await client.Http.SendAsync(request, Token).Bounded();
        Assert.Equal(compressed ? ["gzip"] : [], response.Content.Headers.ContentEncoding);
        Assert.Equal(threshold == 1000 ? ["Accept-Encoding"] : [], response.Headers.Vary);
        var body = await response.Content.ReadAsByteArrayAsync(Token);
        Assert.Equal(body.Length, response.Content.Headers.ContentLength);
        Assert.Equal($"42[\"echo\",\"{Long}\"]", compressed ? Gunzip(body) : Encoding.UTF8.GetString(body));
    }

    [Theory]
    [InlineData("permessage-deflate", "permessage-deflate; server_no_context_takeover; client_no_context_takeover")]
    [InlineData("permessage-deflate; client_max_window_bits", "permessage-deflate; server_no_context_takeover; client_no_context_takeover")]
    [InlineData("permessage-deflate; client_max_window_bits=\"10\"; server_no_context_takeover", "permessage-deflate; server_no_context_takeover; client_no_context_takeover")]
    [InlineData("permessage-deflate; server_max_window_bits=15", "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=15")]
    [InlineData("permessage-deflate; server_max_window_bits=10, permessage-deflate", "permessage-deflate; server_no_context_takeover; client_no_context_takeover")]
    [InlineData("x-webkit-deflate-frame, permessage-deflate", "permessage-deflate; server_no_context_takeover; client_no_context_takeover")]
    [InlineData("permessage-deflate; server_max_window_bits=10", null)]
    [InlineData("permessage-deflate; client_max_window_bits=16", null)]
    [InlineData("permessage-deflate; server_no_context_takeover; server_no_context_takeover", null)]
    [InlineData("permessage-deflate; unknown", null)]
    [InlineData("permessage-deflate; server_no_context_takeover=1", null)]
    [InlineData("other", null)]
    public async Task An_offer_is_taken_when_it_can_be_met(string offer, string? answer)
    {
        await using var server = await StartAsync();
        await using var socket = await RawWebSocket.ConnectAsync(server.Port, "/socket.io/?EIO=4&transport=websocket", $"Sec-WebSocket-Extensions: {offer}\r\n");
        Assert.Equal(answer, socket.Header("Sec-WebSocket-Extensions"));
    }

    [Fact]
    public async Task Nothing_is_compressed_unless_the_server_is_told_to()
    {
        await using var server = await StartAsync(threshold: null);
        await using var socket = await RawWebSocket.ConnectAsync(server.Port, "/socket.io/?EIO=4&transport=websocket", Offer);
        Assert.Null(socket.Header("Sec-WebSocket-Extensions"));
        await socket.WriteAsync(Compressed(Opcode.Text, "40"u8.ToArray()));
        Assert.Equal(1002, await socket.ClosedAsync());
    }

    [Fact]
    public async Task Messages_from_the_threshold_on_are_compressed_and_shorter_ones_are_not()
    {
        await using var server = await StartAsync();
        await using var socket = await ConnectAsync(server);
        await socket.SendAsync("42[\"echo\",1]");
        var frame = await socket.FrameAsync();
        Assert.Equal((false, "42[\"echo\",1]"), (frame!.Compressed, frame.Text));
        var text = $"42[\"echo\",\"{Long}\"]";
        await socket.SendAsync(text);
        frame = await socket.FrameAsync();
        Assert.True(frame!.Compressed);
        Assert.InRange(frame.Payload.Length, 10, text.Length / 2);
        Assert.Equal(text, Encoding.UTF8.GetString(Inflate(frame.Payload)));

        // What compression makes no smaller is sent as it is.
        var noise = System.Security.Cryptography.RandomNumberGenerator.GetBytes(5000);
        await socket.SendAsync("451-[\"echo\",{\"_placeholder\":true,\"num\":0}]");
        await socket.SendAsync(noise);
        await socket.FrameAsync();
        frame = await socket.FrameAsync();
        Assert.False(frame!.Compressed);
        Assert.Equal(noise, frame.Payload);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Compressed_messages_are_taken_whole_and_in_fragments_with_control_frames_between(int fragments)
    {
        await using var server = await StartAsync();
        await using var socket = await ConnectAsync(server);
        for (var round = 0; round < 3; round++)
        {
            var payload = Deflate(Encoding.UTF8.GetBytes($"42[\"echo\",{round}]"));
            var size = (payload.Length + fragments - 1) / fragments;
            for (var i = 0; i < fragments; i++)
            {
                var part = payload[Math.Min(i * size, payload.Length)..Math.Min((i + 1) * size, payload.Length)];
                var frame = RawWebSocket.Encode(i == 0 ? Opcode.Text : Opcode.Continuation, part, final: i == fragments - 1);
                if (i == 0)
                    frame[0] |= 0x40;
                await socket.WriteAsync(frame);
                if (i == 0)
                    await socket.SendFrameAsync(Opcode.Ping, [7]);
            }

            var answers = new[] { (await socket.FrameAsync())!, (await socket.FrameAsync())! };
            Assert.Equal([7], answers.Single(answer => answer.Opcode == Opcode.Pong).Payload);
            Assert.Equal($"42[\"echo\",{round}]", answers.Single(answer => answer.Opcode == Opcode.Text).Text);
        }
    }

    [Fact]
    public async Task What_a_message_becomes_is_limited_and_not_only_what_comes()
    {
        await using var server = await StartAsync(maxPayload: 50_000);
        await using var fits = await ConnectAsync(server);
        var most = $"42[\"none\",\"{new string('x', 49_987)}\"]";
        Assert.Equal(50_000, most.Length);
        await fits.WriteAsync(Compressed(Opcode.Text, Encoding.UTF8.GetBytes(most)));
        await fits.SendAsync("42[\"echo\",1]");
        await fits.ExpectAsync("42[\"echo\",1]");

        await using var bomb = await ConnectAsync(server);
        await bomb.WriteAsync(Compressed(Opcode.Binary, new byte[30_000_000]));
        Assert.Equal(1009, await bomb.ClosedAsync());
    }

    [Theory]
    [InlineData("continuation")]
    [InlineData("control")]
    public async Task Only_the_first_frame_of_a_message_may_say_that_it_is_compressed(string which)
    {
        await using var server = await StartAsync();
        await using var socket = await ConnectAsync(server);
        if (which == "continuation")
            await socket.SendFrameAsync(Opcode.Text, "42"u8.ToArray(), final: false);
        var frame = RawWebSocket.Encode(which == "continuation" ? Opcode.Continuation : Opcode.Ping, "[]"u8.ToArray());
        frame[0] |= 0x40;
        await socket.WriteAsync(frame);
        Assert.Equal(1002, await socket.ClosedAsync());
    }

    [Fact]
    public async Task What_cannot_be_restored_is_closed_with_1007()
    {
        await using var server = await StartAsync();
        await using var socket = await ConnectAsync(server);
        var frame = RawWebSocket.Encode(Opcode.Text, [0xff, 0xff, 0xff, 0xff]);
        frame[0] |= 0x40;
        await socket.WriteAsync(frame);
        Assert.Equal(1007, await socket.ClosedAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_frameworks_client_understands_it(bool contextTakeover)
    {
        await using var server = await StartAsync(threshold: 0);
        using var socket = new ClientWebSocket();
        socket.Options.DangerousDeflateOptions = new WebSocketDeflateOptions { ClientContextTakeover = contextTakeover, ServerContextTakeover = contextTakeover };
        using var invoker = new HttpMessageInvoker(new SocketsHttpHandler { UseProxy = false });
        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{server.Port}/socket.io/?EIO=4&transport=websocket"), invoker, Token).Bounded();
        Assert.StartsWith("0{", await ReceiveAsync(), StringComparison.Ordinal);
        await SendAsync("40");
        Assert.StartsWith("40{", await ReceiveAsync(), StringComparison.Ordinal);
        for (var i = 0; i < 5; i++)
        {
            var text = $"42[\"echo\",\"{i} {Long}\"]";
            await SendAsync(text);
            Assert.Equal(text, await ReceiveAsync());
        }

        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "", Token).Bounded();

        Task SendAsync(string text) => socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, Token).Bounded();

        async Task<string> ReceiveAsync()
        {
            var buffer = new byte[100_000];
            var filled = 0;
            while (true)
            {
                var received = await socket.ReceiveAsync(buffer.AsMemory(filled), Token).AsTask().Bounded();
                filled += received.Count;
                if (received.EndOfMessage)
                    return Encoding.UTF8.GetString(buffer, 0, filled);
            }
        }
    }

    private static async Task<RawWebSocket> ConnectAsync(TestServer server)
    {
        var socket = await RawWebSocket.ConnectAsync(server.Port, "/socket.io/?EIO=4&transport=websocket", Offer);
        Assert.StartsWith("0{", await socket.TextAsync(), StringComparison.Ordinal);
        await socket.SendAsync("40");
        Assert.StartsWith("40{", await socket.TextAsync(), StringComparison.Ordinal);
        return socket;
    }

    private static byte[] Compressed(Opcode opcode, byte[] payload)
    {
        var frame = RawWebSocket.Encode(opcode, Deflate(payload));
        frame[0] |= 0x40;
        return frame;
    }

    private static byte[] Deflate(byte[] payload)
    {
        using var compressed = new MemoryStream();
        using var deflate = new DeflateStream(compressed, CompressionLevel.SmallestSize);
        deflate.Write(payload);
        deflate.Flush();
        return compressed.ToArray()[..^4];
    }

    private static byte[] Inflate(byte[] payload)
    {
        using var inflate = new DeflateStream(new MemoryStream([.. payload, 0, 0, 0xff, 0xff]), CompressionMode.Decompress);
        using var restored = new MemoryStream();
        inflate.CopyTo(restored);
        return restored.ToArray();
    }

    private static string Gunzip(byte[] body)
    {
        using var gzip = new GZipStream(new MemoryStream(body), CompressionMode.Decompress);
        return new StreamReader(gzip).ReadToEnd();
    }
}
