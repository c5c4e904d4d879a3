using SocketIO.MessagePack;
using SocketIO.Tests.Kit;

namespace SocketIO.Tests.Sockets;

/// <summary>What is nested deeper than the limit is refused and closes nothing.</summary>
public class DepthTests
{
    private static string Deep(int levels) => new string('[', levels) + new string(']', levels);

    [Theory]
    [InlineData(2_000)]
    [InlineData(40_000)]
    public async Task An_event_that_is_too_deep_reaches_no_handler_and_is_answered(int levels)
    {
        var handled = 0;
        await using var server = await TestServer.StartAsync(register: io => io.Of("/").On("x", (received, _) =>
        {
            handled++;
            received.Ack("\"fine\""u8.ToArray());
            return default;
        }));
        using var unbound = new Counted(server, "socketio.events.unbound");
        await using var socket = await server.ConnectAsync();
        await socket.SendAsync($"421[\"x\",{Deep(levels)}]");
        Assert.StartsWith("431[{\"error\":{\"code\":\"bad_argument\"", await socket.TextAsync(), StringComparison.Ordinal);
        await socket.SendAsync($"42[\"x\",{Deep(levels)}]");
        await socket.SendAsync($"451-2[\"x\",{Deep(levels)},{{\"_placeholder\":true,\"num\":0}}]");
        await socket.SendAsync([1, 2]);
        Assert.StartsWith("432[{\"error\":", await socket.TextAsync(), StringComparison.Ordinal);
        await socket.SendAsync("423[\"x\",1]");
        await socket.ExpectAsync("433[\"fine\"]");
        Assert.Equal((1, 3L), (handled, unbound.Total));
    }

    [Fact]
    public async Task What_is_too_deep_and_no_json_closes_the_connection()
    {
        await using var server = await TestServer.StartAsync();
        await using var socket = await server.ConnectAsync();
        await socket.SendAsync($"42[\"x\",{Deep(2_000)}");
        Assert.Equal(1000, await socket.ClosedAsync());
    }

    [Fact]
    public async Task An_auth_that_is_too_deep_is_refused()
    {
        await using var server = await TestServer.StartAsync();
        await using var socket = await server.OpenAsync();
        await socket.SendAsync($"40{{\"a\":{Deep(2_000)}}}");
        await socket.ExpectAsync(
            "44{\"message\":\"The auth is nested too deep.\",\"data\":{\"code\":\"bad_argument\",\"message\":\"The auth is nested too deep.\"}}");
        await socket.SendAsync("40");
        Assert.StartsWith("40{", await socket.TextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_acknowledgement_that_is_too_deep_fails_the_one_who_waits()
    {
        var failed = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await TestServer.StartAsync(register: io => io.Of("/").OnConnected(async (socket, token) =>
        {
            try
            {
                await socket.EmitWithAckAsync("ask", "1"u8.ToArray(), cancellationToken: token);
            }
            catch (System.Text.Json.JsonException exception)
            {
                failed.SetResult(exception);
            }
        }));
        await using var socket = await server.ConnectAsync();
        await socket.ExpectAsync("421[\"ask\",1]");
        await socket.SendAsync($"431[{Deep(2_000)}]");
        await failed.Task.Bounded();
        await socket.SendFrameAsync(Opcode.Ping, []);
        Assert.Equal(Opcode.Pong, (await socket.FrameAsync())!.Opcode);
    }

    [Fact]
    public async Task Message_pack_that_is_too_deep_is_refused_and_closes_nothing_either()
    {
        await using var server = await TestServer.StartAsync(options => options.Codec = MessagePackPacketCodec.Instance, io => io.Of("/").On("x", (received, _) =>
        {
            received.Ack("1"u8.ToArray());
            return default;
        }));
        await using var socket = await server.OpenAsync();
        await socket.SendAsync([0x82, .. Text("type"), 0, .. Text("nsp"), .. Text("/")]);
        await socket.BinaryAsync();

        // 40,000 arrays of one element, around a map with everything that a value can be.
        byte[] core =
        [
            0x8b, .. Text("a"), 0x05, .. Text("b"), 0xd9, 2, 0x61, 0x62, .. Text("c"), 0xc4, 1, 0xff, .. Text("d"), 0xcb, 1, 2, 3, 4, 5, 6, 7, 8,
            .. Text("e"), 0xd4, 0, 0, .. Text("f"), 0xc7, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, .. Text("g"), 0xdc, 0, 1, 0xc0, .. Text("h"), 0xde, 0, 1, 0xa1, 0x6b, 0xcd, 1, 2,
            .. Text("i"), 0xe0, .. Text("j"), 0xd2, 1, 2, 3, 4, .. Text("k"), 0xc2,
        ];
        await socket.SendAsync(Event(1, [.. Enumerable.Repeat((byte)0x91, 40_000), .. core]));
        Assert.Contains("bad_argument", System.Text.Encoding.ASCII.GetString(await socket.BinaryAsync()), StringComparison.Ordinal);
        await socket.SendAsync(Event(2, core));
        byte[] answer = [0x84, .. Text("type"), 3, .. Text("nsp"), .. Text("/"), .. Text("data"), 0x91, 1, .. Text("id"), 2];
        Assert.Equal(answer, await socket.BinaryAsync());
        await socket.SendAsync(Event(3, [.. Enumerable.Repeat((byte)0x91, 40_000)]));
        Assert.Equal(1000, await socket.ClosedAsync());

        static byte[] Event(byte id, byte[] argument) =>
            [0x84, .. Text("type"), 2, .. Text("nsp"), .. Text("/"), .. Text("id"), id, .. Text("data"), 0x92, .. Text("x"), .. argument];
        static byte[] Text(string text) => [(byte)(0xa0 | text.Length), .. System.Text.Encoding.ASCII.GetBytes(text)];
    }
}
