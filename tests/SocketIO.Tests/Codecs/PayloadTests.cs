using System.Buffers;
using System.Text;
using CsCheck;
using EngineIO.Protocol;
using SocketIO.Tests.Kit;

namespace SocketIO.Tests.Codecs;

public class PayloadTests
{
    private static readonly Gen<string> Texts = Gen.OneOf(
        Gen.String[Gen.Char.AlphaNumeric, 0, 200],
        Gen.String[Generators.Any('a', 'é', '€', '\u2028', '0', ':', '"'), 0, 50],
        Gen.Const("😀 astral 𝒳"));

    private static readonly Gen<Packet[]> Packets = Gen.OneOf(
        Texts.Select(text => Packet.TextMessage(Encoding.UTF8.GetBytes(text))),
        Gen.Byte.Array[0, 300].Select(data => Packet.BinaryMessage(data)),
        Generators.Any(Packet.Ping, Packet.Pong, Packet.Noop)).Array[1, 12];

    [Theory]
    [InlineData(4, false)]
    [InlineData(3, false)]
    [InlineData(3, true)]
    public void What_is_written_reads_back(int revision, bool base64) => Packets.Sample(packets =>
    {
        var form = revision == 4 ? PayloadForm.Revision4
            : PayloadWriter.IsBinary(packets, base64) ? PayloadForm.Revision3Binary : PayloadForm.Revision3Text;
        var output = new ArrayBufferWriter<byte>();
        PayloadWriter.Write(output, packets, form);
        using var reader = new PayloadReader(output.WrittenSpan, form);
        foreach (var packet in packets)
        {
            Assert.True(reader.TryRead(out var read));
            Assert.Equal((packet.Type, packet.IsBinary), (read.Type, read.IsBinary));
            Assert.Equal(packet.IsBinary ? packet.Payload : packet.Payload[1..], read.Data);
        }

        Assert.False(reader.TryRead(out _));
        Assert.False(reader.Failed);
    });

    [Theory]
    [InlineData("6:4hello", new[] { "hello" })]
    [InlineData("6:4hello10:b4AQIDBA==", new[] { "hello", "01020304" })]
    [InlineData("5:4€😀x1:2", new[] { "€😀x", "" })]
    public void Text_of_revision_3_is_counted_in_utf16(string body, string[] expected)
    {
        using var reader = new PayloadReader(Encoding.UTF8.GetBytes(body), PayloadForm.Revision3Text);
        var read = new List<string>();
        while (reader.TryRead(out var packet))
            read.Add(packet.IsBinary ? Convert.ToHexString(packet.Data) : Encoding.UTF8.GetString(packet.Data));
        Assert.False(reader.Failed);
        Assert.Equal(expected, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("abc")]
    [InlineData("0:")]
    [InlineData("6:4hell")]
    [InlineData("2:4😀")]
    [InlineData(":4")]
    [InlineData("99999999999:4")]
    [InlineData("+1:4")]
    [InlineData("3:bAQ")]
    [InlineData("5:4test5")]
    public void Malformed_text_of_revision_3_is_refused(string body)
    {
        using var reader = new PayloadReader(Encoding.UTF8.GetBytes(body), PayloadForm.Revision3Text);
        while (reader.TryRead(out _))
        {
        }

        Assert.True(reader.Failed);
    }

    [Fact]
    public void The_binary_form_of_revision_3_is_the_specifications()
    {
        var output = new ArrayBufferWriter<byte>();
        PayloadWriter.Write(output, [Packet.TextMessage("hello"u8), Packet.BinaryMessage([1, 2, 3, 4])], PayloadForm.Revision3Binary);
        Assert.Equal(new byte[] { 0, 6, 255, 52, 104, 101, 108, 108, 111, 1, 5, 255, 4, 1, 2, 3, 4 }, output.WrittenSpan.ToArray());
    }

    [Theory]
    [InlineData((int)PayloadForm.Revision4)]
    [InlineData((int)PayloadForm.Revision3Text)]
    [InlineData((int)PayloadForm.Revision3Binary)]
    public void No_bytes_break_the_reader(int form) =>
        Gen.OneOf(
            Gen.Byte.Array[0, 100],
            Generators.Any((byte)0, (byte)1, (byte)4, (byte)9, (byte)255, (byte)':', (byte)'b', (byte)'4', (byte)'1', (byte)0x1e, (byte)0xF0, (byte)0xE2).Array[0, 40])
        .Sample(
            bytes =>
            {
                using var reader = new PayloadReader(bytes, (PayloadForm)form);
                var read = 0;
                while (reader.TryRead(out var packet))
                    read += 1 + packet.Data.Length;
                Assert.True(read <= 2 * bytes.Length);
            },
            iter: 20_000);
}
