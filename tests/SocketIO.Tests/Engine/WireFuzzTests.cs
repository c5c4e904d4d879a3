using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using SocketIO.Recovery;
using SocketIO.Tests.Kit;
using SocketIO.Tests.Sockets;

namespace SocketIO.Tests.Engine;

/// <summary>
/// A server that is told nonsense answers with an error or ends that client's connection; it logs no error of its own, goes on
/// serving the client beside it, and at the end nothing is left. A failure names the seed that brings it back.
/// </summary>
public class WireFuzzTests
{
    private const int Rounds = 120;

    private static readonly Gen<byte[]> Messages = Generators.Any(
        "0", "0/custom,", "0/custom,{\"token\":[1,{}]}", "0/d-1", "0/none", "0{\"pid\":\"p\",\"offset\":\"1\"}", "1", "1/custom",
        "2[\"echo\",\"grüße 😀\",{\"a\":[1]}]", "2/custom,12[\"echo\"]", "21[\"number\",5]", "22[\"note\",{\"text\":\"t\",\"count\":1}]",
        "51-3[\"note\",{\"text\":\"t\",\"count\":1,\"data\":{\"_placeholder\":true,\"num\":0}}]",
        // Well-formed JSON, and yet no string: half of a surrogate pair.
        "0/d-2,{\"pid\":\"\\ud83d\"}", "2[\"\\ud83d\"]", "21[\"note\",{\"text\":\"\\ud83d\",\"count\":1}]",
        "52-[\"echo\",{\"num\":1,\"_placeholder\":true},{\"_placeholder\":true,\"num\":0}]", "31[]", "61-1[{\"_placeholder\":true,\"num\":0}]")
        .Select(Encoding.UTF8.GetBytes);

    // A packet of Engine.IO, as the frame or the body has it.
    private static readonly Gen<(bool IsBinary, byte[] Data)> Packets = Gen.Frequency(
        (6, Messages.Mutated().Select(message => (false, (byte[])[(byte)'4', .. message]))),
        (4, Messages.Select(message => (false, (byte[])[(byte)'4', .. message]))),
        (2, Gen.Byte.Array[0, 40].Select(data => (true, data))),
        (1, Generators.Any("1", "2", "3", "5", "6", "2probe", "bAQID", "b4AQID", "").Select(text => (false, Encoding.UTF8.GetBytes(text)))));

    [Fact]
    public Task Handshakes()
    {
        var pairs = Gen.Select(
            Generators.Any("EIO", "transport", "sid", "j", "b64", "t", "__proto__", "constructor", "%45IO", "", "a[b]"),
            Generators.Any("3", "4", "polling", "websocket", "constructor", "__proto__", "%00", "%ff%fe", "+", "%F0%9F%98%80", "99999999999999999999", "..", "", "%"),
            (key, value) => $"{key}={value}").Array[0, 5];
        var headers = Generators.Any(
            "Origin: http://x", "Origin: \u0001", "Upgrade: websocket", "Upgrade: h2c", "Connection: Upgrade", "Connection: close", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Version: 8", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Key: x", "Sec-WebSocket-Protocol: ,,", "Sec-WebSocket-Extensions: permessage-deflate",
            "Content-Length: 5", "Content-Length: -1", "Transfer-Encoding: chunked", "Content-Type: application/octet-stream", "Cookie: io=\u00ff", "X: ").Array[0, 8];
        var requests = Gen.Select(
            Generators.Any("GET", "GET", "GET", "POST", "OPTIONS", "PUT", "HEAD"),
            Generators.Any("", "EIO=4&transport=polling&", "EIO=3&transport=polling&", "EIO=4&transport=websocket&"),
            pairs,
            headers,
            (method, known, unknown, lines) => Encoding.Latin1.GetBytes(
                $"{method} /socket.io/?{known}{string.Join('&', unknown)} HTTP/1.1\r\nHost: a\r\n{string.Concat(lines.Select(line => line + "\r\n"))}\r\n"));
        return RunAsync(requests.Mutated(), async (server, request) =>
        {
            using var tcp = new TcpClient();
            await tcp.ConnectAsync(IPAddress.Loopback, server.Port, TestContext.Current.CancellationToken).Bounded();
            var answer = await ExchangeAsync(tcp.GetStream(), request);
            Assert.DoesNotMatch(new Regex("^HTTP/1.1 50[03]", RegexOptions.Multiline), answer);
        });
    }

    [Fact]
    public Task Bodies() => RunAsync(
        Gen.Select(
            Generators.Any(3, 4),
            Generators.Any("text/plain", "application/octet-stream", "application/x-www-form-urlencoded", "", "x"),
            Gen.Select(Generators.Any(3, 4, 5), Packets.Array[1, 4], Body).Mutated(),
            Gen.Bool),
        async (server, input) =>
        {
            var (revision, contentType, body, script) = input;
            using var client = server.Polling(revision, script ? "&j=1" : "");
            await client.OpenAsync();
            using var join = new StringContent(script ? "d=" + (revision == 3 ? "2:40" : "40") : revision == 3 ? "2:40" : "40");
            using var joined = await client.RawPostAsync(join);
            Assert.Equal(HttpStatusCode.OK, joined.StatusCode);

            using var content = new ByteArrayContent(body);
            if (contentType.Length > 0)
                content.Headers.ContentType = contentType == "x" ? null : MediaTypeHeaderValue.Parse(contentType);
            using var answer = await client.RawPostAsync(content);
            Assert.Contains(answer.StatusCode, new[] { HttpStatusCode.OK, HttpStatusCode.BadRequest, HttpStatusCode.RequestEntityTooLarge });
        });

    [Fact]
    public Task Frames() => RunAsync(
        Gen.Select(Generators.Any(3, 4), Gen.OneOf(Packets.Array[1, 8].Select(Frame), Packets.Array[1, 8].Select(Frame).Mutated())),
        async (server, input) =>
        {
            var (revision, frames) = input;
            await using var socket = await server.OpenAsync(revision);
            await ExchangeAsync(socket.Stream, [.. RawWebSocket.Encode(Opcode.Text, "40"u8.ToArray()), .. frames]);
        });

    [Fact]
    public Task Frames_during_a_probe()
    {
        var first = Generators.Any<(bool, byte[])[]>([], [(false, "2probe"u8.ToArray())], [(false, "2probe"u8.ToArray()), (false, "5"u8.ToArray())]);
        var frames = Gen.Select(first, Packets.Array[0, 4], (start, rest) => Frame([.. start, .. rest]));
        return RunAsync(
            Gen.Select(Generators.Any(3, 4), frames.Mutated()),
            async (server, input) =>
            {
                var (revision, bytes) = input;
                using var client = server.Polling(revision);
                await client.OpenAsync();
                await using var socket = await server.WebSocketAsync($"EIO={revision}&transport=websocket&sid={client.Sid}");
                using var upgrades = new Counted(server, "engineio.upgrades");
                await ExchangeAsync(socket.Stream, bytes);

                // Only what got as far as the upgrade can have ended the session. The server may still be about to read that.
                if ((await client.TryPostAsync(revision == 3 ? "1:2" : "3")).Status != HttpStatusCode.OK)
                    await Bounds.Until(() => upgrades.Total == 1);
            });
    }

    private static async Task RunAsync<T>(Gen<T> inputs, Func<TestServer, T, Task> act)
    {
        await using var server = await TestServer.StartAsync(
            options =>
            {
                options.Engine.MaxPayload = 2000;
                options.Engine.AllowJsonp = true;
                options.Recovery = new MemoryRecoveryStore(TimeProvider.System);
                options.SerializerOptions = TestJson.Default.Options;
            },
            io =>
            {
                io.Of("/").OnConnected((socket, _) =>
                {
                    socket.Join("room");
                    return default;
                });
                io.OfPattern(new("^/d-"));
                foreach (var ns in new[] { io.Of("/"), io.Of("/custom") })
                {
                    ns.On("echo", (received, _) =>
                    {
                        received.Ack(EventArguments.From(received));
                        received.Socket.Emit("echo", EventArguments.From(received));
                        return default;
                    }).On<int>("number", (_, _, _) => default).On<Note, Note>("note", (_, note, _) => ValueTask.FromResult(note));
                }
            },
            fakeClock: true);
        await using (var bystander = await server.OpenAsync())
        {
            await bystander.SendAsync("40");
            await bystander.TextAsync();
            await inputs.SampleAsync(
                async input =>
                {
                    await act(server, input);
                    await bystander.SendAsync("421[\"echo\",7]");
                    await bystander.ExpectAsync("431[7]");
                    Assert.StartsWith("42[\"echo\",7,", await bystander.TextAsync(), StringComparison.Ordinal);
                    server.VerifyErrors();
                },
                iter: Rounds,
                threads: 1);
        }

        // Those that only fell silent go with their heartbeat. A session is off the list a moment before its sockets have ended.
        var namespaces = new[] { "/", "/custom" }.Select(ns => (Namespace)server.Io.Of(ns)).ToArray();
        await Bounds.Until(() =>
        {
            server.Clock!.Advance(TimeSpan.FromSeconds(50));
            return server.Engine.SessionCount == 0
                && namespaces.All(ns => ns.SocketCount == 0 && ns.Rooms.RoomCount == 0)
                && server.Server.DynamicCount == 0;
        });
    }

    /// <summary>Sends all of it, says that nothing more comes, and reads to the end of what comes back.</summary>
    private static async Task<string> ExchangeAsync(NetworkStream stream, byte[] bytes)
    {
        var answer = new MemoryStream();
        try
        {
            await stream.WriteAsync(bytes, TestContext.Current.CancellationToken).Bounded();
            stream.Socket.Shutdown(SocketShutdown.Send);
            await stream.CopyToAsync(answer, TestContext.Current.CancellationToken).Bounded();
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            // The server does not have to listen to the end.
        }

        return Encoding.Latin1.GetString(answer.ToArray());
    }

    private static byte[] Frame((bool IsBinary, byte[] Data)[] packets) =>
        [.. packets.SelectMany(packet => RawWebSocket.Encode(packet.IsBinary ? Opcode.Binary : Opcode.Text, packet.Data))];

    /// <summary>Revision 4's body, or revision 3's as text, or, for 5, its binary form.</summary>
    private static byte[] Body(int form, (bool IsBinary, byte[] Data)[] packets)
    {
        var body = new List<byte>();
        foreach (var (isBinary, data) in packets)
        {
            byte[] text = isBinary ? Encoding.ASCII.GetBytes($"b{(form == 3 ? "4" : "")}{Convert.ToBase64String(data)}") : data;
            switch (form)
            {
                case 4:
                    body.AddRange(body.Count == 0 ? text : [0x1e, .. text]);
                    break;
                case 3:
                    body.AddRange([.. Encoding.ASCII.GetBytes($"{Encoding.UTF8.GetString(text).Length}:"), .. text]);
                    break;
                default:
                    byte[] raw = isBinary ? [4, .. data] : data;
                    body.AddRange([isBinary ? (byte)1 : (byte)0, .. $"{raw.Length}".Select(digit => (byte)(digit - '0')), 0xff, .. raw]);
                    break;
            }
        }

        return [.. body];
    }
}
