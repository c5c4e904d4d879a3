using System.Text;
using CsCheck;
using SocketIO.MessagePack;
using SocketIO.Protocol;
using SocketIO.Tests.Kit;

namespace SocketIO.Tests.Codecs;

public class PacketCodecTests
{
    private static readonly DecoderLimits Limits = new(10, 100_000_000, 64);

    private static readonly Gen<string> Values = Gen.Recursive<string>((depth, value) => depth > 4
        ? Generators.Any("null", "true", "1", "\"x\"")
        : Gen.Frequency(
            (1, Generators.Any("null", "true", "false", "\"\"", "\"grüße 😀\"", "\"a\\\"b\\\\c\\n\"", "{}", "[]")),
            (1, Gen.Long.Select(number => number.ToString(System.Globalization.CultureInfo.InvariantCulture))),
            (1, Gen.Double[-1e9, 1e9].Select(number => number.ToString("R", System.Globalization.CultureInfo.InvariantCulture))),
            (1, value.Array[0, 20].Select(items => $"[{string.Join(',', items)}]")),
            (1, value.Array[0, 18].Select(items => $"{{{string.Join(',', items.Select((item, i) => $"\"k{i}\":{item}"))}}}"))));

    private static IncomingPacket? Decode(PacketCodec codec, EncodedPacket packet)
    {
        var decoder = codec.CreateDecoder(Limits);
        IncomingPacket? decoded;
        var payload = packet.First.Payload;
        Assert.True(packet.First.IsBinary ? decoder.TryAddBinary(payload, out decoded) : decoder.TryAddText(payload[1..], out decoded));
        foreach (var attachment in packet.Attachments ?? [])
        {
            Assert.Null(decoded);
            Assert.True(decoder.TryAddBinary(attachment.Payload, out decoded));
        }

        return decoded;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Events_read_back_as_they_were_written(bool messagePack) =>
        Gen.Select(Values.Array[0, 4], Generators.Any("/", "/a", "/ä-ö"), Gen.ULong[0, long.MaxValue].Nullable(), Generators.Any("event", "a \"quoted\"", "ünï😀"), Gen.Byte.Array[0, 40].Array[0, 3])
        .Sample((values, ns, id, name, attachments) =>
        {
            var codec = messagePack ? MessagePackPacketCodec.Instance : PacketCodec.Json;
            var arguments = new EventArguments();
            foreach (var value in values)
                arguments.Add(Encoding.UTF8.GetBytes(value));
            foreach (var attachment in attachments)
                arguments.AddBinary(attachment);
            var packet = Decode(codec, codec.Encode(new OutgoingPacket(SocketPacketType.Event, ns)
            {
                Id = id,
                EventName = name,
                Json = arguments.Json.Span,
                Attachments = arguments.Attachments,
            }));
            Assert.NotNull(packet);
            Assert.Equal((SocketPacketType.Event, ns, id, name), (packet.Type, packet.Namespace, packet.Id, packet.EventName));
            Assert.Equal(attachments, packet.Attachments.Select(attachment => attachment.ToArray()));
            var expected = ValueJson.Elements([(byte)'[', .. arguments.Json.Span, (byte)']'], 0);
            var actual = ValueJson.Elements([(byte)'[', .. packet.ArgumentsJson.Span, (byte)']'], 0);
            Assert.Equal(expected.Length, actual.Length);
            foreach (var (left, right) in expected.Zip(actual))
                Assert.True(System.Text.Json.JsonElement.DeepEquals(left, right), $"{left} became {right}");
        });

    [Theory]
    [InlineData("0", "/", null, "")]
    [InlineData("0/custom", "/custom", null, "")]
    [InlineData("0/custom,", "/custom", null, "")]
    [InlineData("0/custom,{\"a\":1}", "/custom", null, "{\"a\":1}")]
    [InlineData("1/custom", "/custom", null, "")]
    [InlineData("2[\"x\" , 1 ]", "/", null, "[\"x\" , 1 ]")]
    [InlineData("2/a,12[\"x\"]", "/a", 12UL, "[\"x\"]")]
    [InlineData("318446744073709551615[]", "/", ulong.MaxValue, "[]")]
    public void Text_of_the_specification_decodes(string text, string ns, ulong? id, string json)
    {
        Assert.True(PacketCodec.Json.CreateDecoder(Limits).TryAddText(Encoding.UTF8.GetBytes(text), out var packet));
        Assert.Equal((ns, id, json), (packet!.Namespace, packet.Id, Encoding.UTF8.GetString(packet.Json.Span)));
    }

    [Theory]
    [InlineData("83A474797065 00 A36E7370 A12F A464617461 81A161 01", "{\"a\":1}", SocketPacketType.Connect)]
    [InlineData("84A474797065 02 A464617461 93 A178 C40201FF D7000000018BCFE56800 A36E7370 A12F A26964 07", "[\"x\",{\"_placeholder\":true,\"num\":0},\"2023-11-14T22:13:20.000Z\"]", SocketPacketType.Event)]
    [InlineData("83A474797065 02 A464617461 94 A178 D40000 CB7FF0000000000000 CA3FC00000 A36E7370 A12F", "[\"x\",null,null,1.5]", SocketPacketType.Event)]
    public void Bytes_of_the_reference_encoder_decode(string hex, string json, object type)
    {
        var bytes = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        Assert.True(MessagePackPacketCodec.Instance.CreateDecoder(Limits).TryAddBinary(bytes, out var packet));
        Assert.Equal((SocketPacketType)type, packet!.Type);
        Assert.Equal(json, Encoding.UTF8.GetString(packet.Json.Span));
    }

    [Fact]
    public void MessagePack_is_written_in_its_shortest_form()
    {
        var packet = MessagePackPacketCodec.Instance.Encode(new OutgoingPacket(SocketPacketType.Event, "/") { EventName = "e", Json = "-1,200,70000,{\"a\":[]}"u8 });
        Assert.Equal("83A47479706502A36E7370A12FA46461746195A165FFCCC8CE0001117081A16190", Convert.ToHexString(packet.First.Payload));
    }

    [Theory]
    [InlineData("")]
    [InlineData("C0")]
    [InlineData("DFFFFFFFFF")]
    [InlineData("81A474797065")]
    [InlineData("82A474797065 02 A36E7370 A12F")]
    [InlineData("83A474797065 05 A36E7370 A12F A464617461 91A178")]
    [InlineData("83A474797065 02 A36E7370 01 A464617461 91A178")]
    [InlineData("83A474797065 02 A36E7370 A12F A464617461 DDFFFFFFFF")]
    [InlineData("83A474797065 02 A36E7370 A12F A464617461 91A178 00")]
    // A map that says it is a placeholder, beside a real binary value.
    [InlineData("83A474797065 02 A36E7370 A12F A464617461 93A178 82AC5F706C616365686F6C646572C3A36E756D00 C401FF")]
    public void Malformed_MessagePack_is_refused(string hex)
    {
        var bytes = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        Assert.False(MessagePackPacketCodec.Instance.CreateDecoder(Limits).TryAddBinary(bytes, out _));
    }

    [Fact]
    public void No_text_breaks_the_decoder() =>
        Gen.OneOf(
            Gen.Byte.Array[0, 60],
            Generators.Any("0123456[]{}\",:/-_ \\ueabtrnfls?"u8.ToArray()).Array[0, 60])
        .Sample(bytes => { PacketCodec.Json.CreateDecoder(Limits).TryAddText(bytes, out _); }, iter: 20_000);

    [Fact]
    public void No_bytes_break_the_MessagePack_decoder() =>
        Gen.OneOf(
            Gen.Byte.Array[0, 80],
            Gen.Byte.Array[0, 60].Select(tail => (byte[])[0x83, 0xa4, (byte)'t', (byte)'y', (byte)'p', (byte)'e', 2, 0xa3, (byte)'n', (byte)'s', (byte)'p', 0xa1, (byte)'/', 0xa4, (byte)'d', (byte)'a', (byte)'t', (byte)'a', .. tail]))
        .Sample(bytes => { MessagePackPacketCodec.Instance.CreateDecoder(Limits).TryAddBinary(bytes, out _); }, iter: 20_000);

    [Fact]
    public void Deep_MessagePack_is_refused_without_overflowing_the_stack()
    {
        byte[] bytes = [0x81, 0xa4, (byte)'d', (byte)'a', (byte)'t', (byte)'a', .. Enumerable.Repeat((byte)0x91, 90_000), 0xc0];
        Assert.False(MessagePackPacketCodec.Instance.CreateDecoder(Limits).TryAddBinary(bytes, out _));
    }
}
