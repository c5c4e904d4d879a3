using System.Text;
using SocketIO.Tests.Kit;

namespace SocketIO.Tests.Engine;

public class WebSocketTests
{
    private static Action<ISocketIO> Echo => io => io.Of("/").On("echo", (received, _) =>
    {
        received.Socket.Emit("echo", EventArguments.From(received));
        return default;
    });

    [Fact]
    public async Task A_message_may_come_in_fragments_with_control_frames_between()
    {
        await using var server = await TestServer.StartAsync(register: Echo);
        await using var socket = await server.ConnectAsync();
        await socket.SendFrameAsync(Opcode.Text, "42[\"ec"u8.ToArray(), final: false);
        await socket.SendFrameAsync(Opcode.Ping, "are you there"u8.ToArray());
        await socket.SendFrameAsync(Opcode.Continuation, [], final: false);
        await socket.SendFrameAsync(Opcode.Continuation, "ho\",\"frag"u8.ToArray(), final: false);
        await socket.SendFrameAsync(Opcode.Continuation, "ments\"]"u8.ToArray());
        var pong = await socket.FrameAsync();
        Assert.Equal((Opcode.Pong, "are you there"), (pong!.Opcode, pong.Text));
        await socket.ExpectAsync("42[\"echo\",\"fragments\"]");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public async Task Frames_may_arrive_in_pieces_of_any_size(int piece)
    {
        await using var server = await TestServer.StartAsync(register: Echo);
        await using var socket = await server.ConnectAsync();
        var text = new string('x', 70_000);
        byte[] bytes = [.. RawWebSocket.Encode(Opcode.Text, Encoding.UTF8.GetBytes("42[\"echo\",1]")), .. piece == 1 ? [] : RawWebSocket.Encode(Opcode.Text, Encoding.UTF8.GetBytes($"42[\"echo\",\"{text}\"]"))];
        for (var i = 0; i < bytes.Length; i += piece)
            await socket.WriteAsync(bytes[i..Math.Min(i + piece, bytes.Length)]);
        await socket.ExpectAsync("42[\"echo\",1]");
        if (piece > 1)
            await socket.ExpectAsync($"42[\"echo\",\"{text}\"]");
    }

    [Fact]
    public async Task Many_frames_of_one_segment_are_answered_in_order()
    {
        await using var server = await TestServer.StartAsync(register: Echo);
        await using var socket = await server.ConnectAsync();
        await socket.WriteAsync([.. Enumerable.Range(0, 500).SelectMany(i => RawWebSocket.Encode(Opcode.Text, Encoding.UTF8.GetBytes($"42[\"echo\",{i}]")))]);
        for (var i = 0; i < 500; i++)
            await socket.ExpectAsync($"42[\"echo\",{i}]");
    }

    [Fact]
    public async Task A_message_over_the_limit_is_closed_with_1009()
    {
        await using var server = await TestServer.StartAsync(options => options.Engine.MaxPayload = 1000);
        await using var socket = await server.ConnectAsync();
        await socket.SendAsync("4" + new string('x', 1000));
        Assert.Equal(1009, await socket.ClosedAsync());
        await Bounds.Until(() => server.Engine.SessionCount == 0);
    }

    [Fact]
    public async Task The_limit_is_over_all_fragments()
    {
        await using var server = await TestServer.StartAsync(options => options.Engine.MaxPayload = 1000);
        await using var socket = await server.ConnectAsync();
        await socket.SendFrameAsync(Opcode.Text, new byte[600], final: false);
        await socket.SendFrameAsync(Opcode.Continuation, new byte[600]);
        Assert.Equal(1009, await socket.ClosedAsync());
    }

    [Fact]
    public async Task A_length_that_is_announced_and_never_sent_holds_no_memory()
    {
        await using var server = await TestServer.StartAsync(options => options.Engine.MaxPayload = 100_000_000);
        await using var socket = await server.ConnectAsync();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        byte[] header = [0x82, 0xff, 0, 0, 0, 0, 5, 0, 0, 0, 1, 2, 3, 4];
        await socket.WriteAsync([.. header, .. new byte[1000]]);
        await socket.WriteAsync(new byte[1000]);
        Assert.True(GC.GetTotalMemory(forceFullCollection: true) - before < 10_000_000);
    }

    public static TheoryData<string, byte[]> Faults => new()
    {
        { "unmasked", RawWebSocket.Encode(Opcode.Text, "3"u8.ToArray(), masked: false) },
        { "reserved bit", [0xC1, 0x81, 0, 0, 0, 0, (byte)'3'] },
        { "unknown opcode", [0x83, 0x80, 0, 0, 0, 0] },
        { "unknown control", [0x8B, 0x80, 0, 0, 0, 0] },
        { "fragmented ping", [0x09, 0x80, 0, 0, 0, 0] },
        { "long ping", RawWebSocket.Encode(Opcode.Ping, new byte[126]) },
        { "continuation of nothing", RawWebSocket.Encode(Opcode.Continuation, []) },
        { "message within a message", [.. RawWebSocket.Encode(Opcode.Text, "3"u8.ToArray(), final: false), .. RawWebSocket.Encode(Opcode.Text, "3"u8.ToArray())] },
        { "negative length", [0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0] },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_frame_against_the_protocol_is_closed_with_1002(string fault, byte[] bytes)
    {
        Assert.NotEmpty(fault);
        await using var server = await TestServer.StartAsync();
        await using var socket = await server.ConnectAsync();
        await socket.WriteAsync(bytes);
        Assert.Equal(1002, await socket.ClosedAsync());
        await Bounds.Until(() => server.Engine.SessionCount == 0);
    }

    [Fact]
    public async Task Text_that_is_not_UTF8_is_closed_with_1007()
    {
        await using var server = await TestServer.StartAsync();
        await using var socket = await server.ConnectAsync();
        await socket.SendFrameAsync(Opcode.Text, [(byte)'4', (byte)'2', 0xff]);
        Assert.Equal(1007, await socket.ClosedAsync());
    }

    [Theory]
    [InlineData("abc")]
    [InlineData("")]
    [InlineData("bnot base64")]
    [InlineData("2")]
    public async Task A_packet_that_cannot_be_or_may_not_be_ends_the_session(string packet)
    {
        await using var server = await TestServer.StartAsync();
        await using var socket = await server.ConnectAsync();
        await socket.SendAsync(packet);
        Assert.Equal(1000, await socket.ClosedAsync());
        await Bounds.Until(() => server.Engine.SessionCount == 0);
    }

    [Fact]
    public async Task A_close_frame_is_answered_with_its_code()
    {
        await using var server = await TestServer.StartAsync();
        await using var socket = await server.ConnectAsync();
        await socket.SendFrameAsync(Opcode.Close, [0x03, 0xE9]);
        Assert.Equal(1001, await socket.ClosedAsync());
        Assert.Null(await socket.FrameAsync());
    }

    [Fact]
    public async Task The_first_subprotocol_offered_is_chosen()
    {
        await using var server = await TestServer.StartAsync();
        await using var socket = await RawWebSocket.ConnectAsync(server.Port, "/socket.io/?EIO=4&transport=websocket", "Sec-WebSocket-Protocol: chat, other\r\n");
        Assert.Contains("Sec-WebSocket-Protocol: chat\r\n", socket.ResponseHead, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("Sec-WebSocket-Version: 8\r\n")]
    [InlineData("Sec-WebSocket-Key: short\r\n")]
    public async Task A_handshake_with_contradicting_headers_is_refused_and_not_counted(string extra)
    {
        await using var server = await TestServer.StartAsync();
        await using var socket = await RawWebSocket.RequestAsync(server.Port, "/socket.io/?EIO=4&transport=websocket", extra);
        Assert.Equal(400, socket.Status);
        Assert.Equal(0, server.Engine.SessionCount);
    }

    public static TheoryData<byte[], int> Closes
    {
        get
        {
            var data = new TheoryData<byte[], int> { { [], 1000 }, { [3], 1002 }, { [3, 232, 0xff], 1007 }, { [3, 232, 0xe2, 0x82], 1007 } };
            foreach (var code in new[] { 1000, 1003, 1007, 1014, 3000, 4999 })
                data.Add([(byte)(code >> 8), (byte)code, .. "späť"u8], code);
            foreach (var code in new[] { 0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535 })
                data.Add([(byte)(code >> 8), (byte)code], 1002);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Closes))]
    public async Task A_close_frame_is_answered_by_its_code_or_by_what_is_wrong_with_it(byte[] payload, int answer)
    {
        await using var server = await TestServer.StartAsync();
        await using var socket = await server.ConnectAsync();
        await socket.SendFrameAsync(Opcode.Close, payload);
        Assert.Equal(answer, await socket.ClosedAsync());
        // The same while it probes a session on polling.
        using var client = server.Polling();
        await client.OpenAsync();
        await using var probe = await server.WebSocketAsync($"EIO=4&transport=websocket&sid={client.Sid}");
        await probe.SendFrameAsync(Opcode.Close, payload);
        Assert.Equal(answer, await probe.ClosedAsync());
    }

    [Fact]
    public async Task A_ping_that_comes_together_with_the_close_is_answered_before_it()
    {
        await using var server = await TestServer.StartAsync(register: Echo);
        await using var socket = await server.ConnectAsync();
        await socket.WriteAsync(
        [
            .. RawWebSocket.Encode(Opcode.Text, "42[\"echo\",1]"u8.ToArray()),
            .. RawWebSocket.Encode(Opcode.Ping, "last"u8.ToArray()),
            .. RawWebSocket.Encode(Opcode.Close, [3, 232]),
        ]);
        await socket.ExpectAsync("42[\"echo\",1]");
        var pong = await socket.FrameAsync();
        Assert.Equal((Opcode.Pong, "last"), (pong!.Opcode, pong.Text));
        Assert.Equal(1000, await socket.ClosedAsync());
    }

    [Fact]
    public async Task A_version_that_is_refused_is_answered_with_the_one_that_is_not()
    {
        await using var server = await TestServer.StartAsync();
        await using var socket = await RawWebSocket.RequestAsync(server.Port, "/socket.io/?EIO=4&transport=websocket", "Sec-WebSocket-Version: 8\r\n");
        Assert.Contains("\r\nSec-WebSocket-Version: 13\r\n", socket.ResponseHead, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task An_upgrade_is_not_for_HTTP_1_0()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await RawHttp.ConnectAsync(server);
        await client.SendAsync(
            "GET /socket.io/?EIO=4&transport=websocket HTTP/1.0\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
        Assert.Equal("""{"code":3,"message":"Bad request"}""", await client.BodyAsync());
        Assert.Equal(0, server.Engine.SessionCount);
    }

    [Fact]
    public async Task Base64_text_is_taken_as_binary_on_any_websocket()
    {
        await using var server = await TestServer.StartAsync(register: Echo);
        await using var socket = await server.ConnectAsync();
        await socket.SendAsync("451-[\"echo\",{\"_placeholder\":true,\"num\":0}]");
        await socket.SendAsync("bAQIDBA==");
        await socket.ExpectAsync("451-[\"echo\",{\"_placeholder\":true,\"num\":0}]");
        Assert.Equal([1, 2, 3, 4], await socket.BinaryAsync());
    }

    [Fact]
    public async Task A_client_that_takes_no_binary_gets_base64()
    {
        await using var server = await TestServer.StartAsync(register: Echo);
        await using var socket = await server.WebSocketAsync("EIO=4&transport=websocket&b64=1");
        await socket.TextAsync();
        await socket.SendAsync("40");
        await socket.TextAsync();
        await socket.SendAsync("451-[\"echo\",{\"_placeholder\":true,\"num\":0}]");
        await socket.SendAsync("bAQIDBA==");
        await socket.TextAsync();
        await socket.ExpectAsync("bAQIDBA==");
    }

    [Fact]
    public async Task A_reader_that_stalls_is_closed_when_the_send_buffer_is_full()
    {
        var reason = new TaskCompletionSource<DisconnectReason>();
        await using var server = await TestServer.StartAsync(
            options =>
            {
                options.Engine.MaxSendBufferBytes = 200_000;
                options.Engine.CloseHandshakeTimeout = TimeSpan.FromMilliseconds(50);
            },
            io => io.Of("/")
                .OnDisconnected((_, why) =>
                {
                    reason.SetResult(why);
                    return default;
                })
                .On("flood", (received, _) =>
                {
                    var payload = Encoding.UTF8.GetBytes($"\"{new string('x', 10_000)}\"");
                    while (received.Socket.Emit("data", payload))
                    {
                    }

                    return default;
                }));
        await using var stalled = await RawWebSocket.ConnectAsync(server.Port, "/socket.io/?EIO=4&transport=websocket", receiveBuffer: 4096);
        await stalled.SendAsync("40");
        await stalled.SendAsync("42[\"flood\"]");
        Assert.Equal(DisconnectReason.SendBufferFull, await reason.Task.Bounded());
        await Bounds.Until(() => server.Engine.SessionCount == 0);
    }
}
