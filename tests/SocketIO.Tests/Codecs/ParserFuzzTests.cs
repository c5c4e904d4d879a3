using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using CsCheck;
using EngineIO.Protocol;
using EngineIO.Transports;
using SocketIO.MessagePack;
using SocketIO.Protocol;
using SocketIO.Tests.Kit;

namespace SocketIO.Tests.Codecs;

/// <summary>
/// Every parser with faulty inputs: nothing escapes but an answer, what it holds stays within what it was given, and what it
/// takes for valid is written and read again as the same. A failure names the seed that brings it back.
/// </summary>
public class ParserFuzzTests
{
    private const int Iterations = 5000;

    private static readonly DecoderLimits Limits = new(MaxAttachments: 10, MaxPacketBytes: 2000, MaxDepth: 16);

    private static readonly Gen<Packet[]> Packets = Gen.OneOf(
        Gen.String[Generators.Any('a', 'é', '€', '0', ':', '"', 'b', '4'), 0, 30].Select(text => Packet.TextMessage(Encoding.UTF8.GetBytes(text))),
        Gen.Const(Packet.TextMessage("😀 astral 𝒳"u8)),
        Gen.Byte.Array[0, 40].Select(data => Packet.BinaryMessage(data)),
        Generators.Any(Packet.Ping, Packet.Pong, Packet.Close, Packet.Noop)).Array[1, 6];

    private static readonly Gen<string> Arguments = Generators.Any(
        "", "1", "\"grüße 😀\",null", "{\"a\":[1,{\"b\":-2.5e3}]}", "[[[[]]]],true", "\"\\ud83d\\ude00 \\n\"", "{\"num\":0,\"_placeholder\":false}", "18446744073709551615,1e300");

    private static readonly Gen<(SocketPacketType Type, string Ns, ulong? Id, string Name, string Arguments, byte[][] Attachments)> SocketPackets = Gen.Select(
        Generators.Any(SocketPacketType.Connect, SocketPacketType.Disconnect, SocketPacketType.Event, SocketPacketType.Event, SocketPacketType.Ack),
        Generators.Any("/", "/custom", "/ä?b=c"),
        Generators.Any<ulong?>(null, 0, 7, 12345678901),
        Generators.Any("event", "a \"b\"", "ünï"),
        Arguments,
        Gen.Byte.Array[0, 30].Array[0, 3]);

    [Theory]
    [InlineData((int)PayloadForm.Revision4)]
    [InlineData((int)PayloadForm.Revision3Text)]
    [InlineData((int)PayloadForm.Revision3Binary)]
    public void Bodies(int form) => Packets.Select(packets => Write(packets, (PayloadForm)form)).Mutated().Sample(
        body =>
        {
            var (whole, read) = Read(body, (PayloadForm)form);
            Assert.True(read.Count <= body.Length);
            Assert.True(read.Sum(packet => packet.Payload.Length) <= body.Length);

            // The transport refuses other text before it is parsed, and only of valid text can the length be told.
            if (whole && Utf8.IsValid(body))
                Assert.Equal(read.Select(Describe), Read(Write([.. read], (PayloadForm)form), (PayloadForm)form).Packets.Select(Describe));
        },
        iter: Iterations);

    [Fact]
    public void Frames_in_pieces_of_any_size_are_what_they_are_in_one()
    {
        const int Limit = 200;
        var frames = Gen.Select(Generators.Any(Enum.GetValues<Opcode>()), Gen.Byte.Array[0, 150], Gen.Bool, (opcode, data, final) =>
            RawWebSocket.Encode(opcode, opcode >= Opcode.Close ? data[..(data.Length / 2)] : data, final || opcode >= Opcode.Close));
        Gen.Select(frames.Array[1, 6].Select(parts => parts.SelectMany(part => part).ToArray()).Mutated(), Gen.Int[1, 40].Array[1, 12]).Sample(
            (bytes, sizes) =>
            {
                var whole = ReadFrames(bytes, [bytes.Length], Limit);
                Assert.Equal(whole.Select(Describe), ReadFrames(bytes, sizes, Limit).Select(Describe));
                Assert.All(whole, frame => Assert.True(frame.Data.Length <= (frame.Opcode >= FrameHeader.Close ? 125 : Limit)));

                var messages = whole.SkipLast(1).ToList();
                byte[] again = [.. messages.SelectMany(frame => RawWebSocket.Encode((Opcode)frame.Opcode, frame.Data))];
                Assert.Equal(messages.Select(Describe), ReadFrames(again, sizes, Limit).SkipLast(1).Select(Describe));
            },
            iter: Iterations);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Socket_packets(bool messagePack)
    {
        var codec = messagePack ? MessagePackPacketCodec.Instance : PacketCodec.Json;
        var messages = SocketPackets.Select(packet => Messages(Encode(codec, packet.Type, packet.Ns, packet.Id, packet.Name, packet.Arguments, packet.Attachments)));
        var headers = messages.Select(parts => parts[0].Data).Mutated();
        Gen.Select(headers, messages, Gen.Byte.Array[0, 1500].Array[0, 4]).Sample(
            (header, valid, more) =>
            {
                // A header with faults, before the attachments that are its own and such as are not.
                var decoder = codec.CreateDecoder(Limits);
                foreach (var (isBinary, data) in (IEnumerable<(bool, byte[])>)[(messagePack, header), .. valid.Skip(1), .. more.Select(data => (true, data)), .. valid])
                {
                    if (!(isBinary ? decoder.TryAddBinary(data, out var packet) : decoder.TryAddText(data, out packet)))
                        return;
                    if (packet is not null && (isBinary || Utf8.IsValid(data)))
                        Check(codec, packet);
                }
            },
            iter: Iterations);
    }

    [Fact]
    public void Forms_of_script_polling() =>
        Gen.Select(
            Gen.String[Generators.Any('a', '\\', 'n', '\n', '€', '%', '+', '&', ' '), 0, 30],
            Packets.Select(packets => Encoding.UTF8.GetBytes("d=" + Uri.EscapeDataString(Encoding.UTF8.GetString(Write(packets, PayloadForm.Revision4))))).Mutated(),
            Gen.Int[1, 9]).Sample(
            (text, body, size) =>
            {
                if (Jsonp.TryDecodeBody(Segment.Split(body, size), out var payload))
                {
                    Assert.True(Utf8.IsValid(payload));
                    Assert.True(payload!.Length <= 3 * body.Length);
                }

                // The client escapes line feeds. A backslash before one it does not escape, so that is the one text which does not come through.
                if (text.Contains("\\\n", StringComparison.Ordinal))
                    return;
                var sent = "d=" + Uri.EscapeDataString(text.Replace("\\n", "\\\\n", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal));
                Assert.True(Jsonp.TryDecodeBody(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(sent)), out var decoded));
                Assert.Equal(text, Encoding.UTF8.GetString(decoded!));
            },
            iter: Iterations);

    private static byte[] Write(Packet[] packets, PayloadForm form)
    {
        var output = new ArrayBufferWriter<byte>();
        PayloadWriter.Write(output, packets, form);
        return output.WrittenSpan.ToArray();
    }

    private static (bool Whole, List<Packet> Packets) Read(byte[] body, PayloadForm form)
    {
        var packets = new List<Packet>();
        using var reader = new PayloadReader(body, form);
        while (reader.TryRead(out var packet))
            packets.Add(packet.IsBinary ? Packet.BinaryMessage(packet.Data) : Packet.Text(packet.Type, packet.Data));
        return (!reader.Failed, packets);
    }

    private static string Describe(Packet packet) => $"{packet.IsBinary} {Convert.ToHexString(packet.Payload)}";

    private static string Describe((byte Opcode, byte[] Data) frame) => $"{frame.Opcode} {Convert.ToHexString(frame.Data)}";

    /// <summary>All frames that come, and at the end the outcome that ended them, as one more.</summary>
    private static List<(byte Opcode, byte[] Data)> ReadFrames(byte[] bytes, int[] sizes, int limit)
    {
        var reader = new WebSocketReader(limit);
        var frames = new List<(byte, byte[])>();
        byte[] received = [.. bytes];
        var outcome = WebSocketReader.Outcome.NeedMore;
        for (int at = 0, turn = 0; at < received.Length && outcome == WebSocketReader.Outcome.NeedMore; turn++)
        {
            var chunk = received.AsSpan(at, Math.Min(sizes[turn % sizes.Length], received.Length - at));
            at += chunk.Length;
            while ((outcome = reader.Read(ref chunk, out var opcode, out var payload)) == WebSocketReader.Outcome.Frame)
                frames.Add((opcode, payload.ToArray()));
        }

        reader.Release();
        frames.Add(((byte)outcome, []));
        return frames;
    }

    private static void Check(PacketCodec codec, IncomingPacket packet)
    {
        Assert.StartsWith("/", packet.Namespace, StringComparison.Ordinal);
        Assert.True(packet.Attachments.Count <= Limits.MaxAttachments);
        if (codec == PacketCodec.Json)
            Assert.True(packet.Attachments.Sum(attachment => attachment.Length) <= Limits.MaxPacketBytes);

        // What handlers do with it cannot fail either.
        if (!packet.Json.IsEmpty)
            ValueJson.Element(packet.Json.Span);

        // Once converted it is the same for good; the first time a number may lose the sign of its zero.
        var once = Again(codec, packet);
        var twice = Again(codec, once);
        foreach (var (left, right) in new[] { (packet, once), (once, twice) })
        {
            Assert.Equal((left.Type, left.Namespace, left.Id, left.EventName), (right.Type, right.Namespace, right.Id, right.EventName));
            Assert.Equal(left.Attachments.Select(data => Convert.ToHexString(data.Span)), right.Attachments.Select(data => Convert.ToHexString(data.Span)));
        }

        Assert.Equal(Encoding.UTF8.GetString(once.ArgumentsJson.Span), Encoding.UTF8.GetString(twice.ArgumentsJson.Span));
        var before = Encoding.UTF8.GetString(packet.ArgumentsJson.Span);
        if (codec == PacketCodec.Json)
            Assert.Equal(before, Encoding.UTF8.GetString(once.ArgumentsJson.Span));
        else if (!packet.Json.IsEmpty && !before.Contains("-0", StringComparison.Ordinal))
            Assert.True(JsonElement.DeepEquals(Payload(packet), Payload(once)), before);
    }

    /// <summary>What a packet carries, an event's name left out: one that came as a number is encoded as a string.</summary>
    private static JsonElement Payload(IncomingPacket packet) => packet.Type == SocketPacketType.Event
        ? ValueJson.Element(Encoding.UTF8.GetBytes($"[{Encoding.UTF8.GetString(packet.ArgumentsJson.Span)}]"))
        : ValueJson.Element(packet.Json.Span);

    private static IncomingPacket Again(PacketCodec codec, IncomingPacket packet)
    {
        var isEvent = packet.Type == SocketPacketType.Event;
        var encoded = codec.Encode(new OutgoingPacket(packet.Type, packet.Namespace)
        {
            Id = packet.Id,
            EventName = isEvent ? packet.EventName : null,
            Json = isEvent || packet.Type == SocketPacketType.Ack ? packet.ArgumentsJson.Span : packet.Json.Span,
            Attachments = packet.Attachments,
        });
        var decoder = codec.CreateDecoder(new DecoderLimits(10, 1_000_000, 64));
        IncomingPacket? decoded = null;
        foreach (var (isBinary, data) in Messages(encoded))
            Assert.True(isBinary ? decoder.TryAddBinary(data, out decoded) : decoder.TryAddText(data, out decoded));
        Assert.NotNull(decoded);
        return decoded;
    }

    private static EncodedPacket Encode(PacketCodec codec, SocketPacketType type, string ns, ulong? id, string name, string arguments, byte[][] attachments)
    {
        var withArguments = type is SocketPacketType.Event or SocketPacketType.Ack;
        var all = new EventArguments();
        if (arguments.Length > 0)
            all.Add(Encoding.UTF8.GetBytes(arguments));
        foreach (var attachment in attachments)
            all.AddBinary(attachment);
        return codec.Encode(new OutgoingPacket(type, ns)
        {
            Id = type == SocketPacketType.Ack ? id ?? 1 : withArguments ? id : null,
            EventName = type == SocketPacketType.Event ? name : null,
            Json = withArguments ? all.Json.Span : type == SocketPacketType.Connect ? "{\"token\":\"t\"}"u8 : default,
            Attachments = withArguments ? all.Attachments : [],
        });
    }

    /// <summary>The messages as the decoder is given them.</summary>
    private static List<(bool IsBinary, byte[] Data)> Messages(EncodedPacket packet) =>
    [
        (packet.First.IsBinary, packet.First.IsBinary ? packet.First.Payload.ToArray() : packet.First.Payload[1..].ToArray()),
        .. (packet.Attachments ?? []).Select(attachment => (true, attachment.Payload.ToArray())),
    ];
}
