using CsCheck;
using EngineIO.Protocol;
using EngineIO.Transports;
using SocketIO.Tests.Kit;

namespace SocketIO.Tests.Codecs;

public class WebSocketReaderTests
{
    private static readonly Gen<(Opcode Opcode, byte[] Data, int[] Cuts)[]> Messages =
        Gen.Select(Generators.Any(Opcode.Text, Opcode.Binary), Gen.Byte.Array[0, 700], Gen.Int[0, 700].Array[0, 3]).Array[1, 6];

    [Fact]
    public void Messages_survive_any_fragmentation_and_any_chunks() =>
        Gen.Select(Messages, Gen.Int[1, 64].Array[1, 20], Generators.Any(1, 7)).Sample((messages, sizes, scale) =>
        {
            var bytes = messages.SelectMany(Fragments).ToArray();
            var reader = new WebSocketReader(1000);
            var read = new List<(byte, byte[])>();
            for (int at = 0, turn = 0; at < bytes.Length; turn++)
            {
                var chunk = bytes.AsSpan(at, Math.Min(sizes[turn % sizes.Length] * scale, bytes.Length - at));
                at += chunk.Length;
                while (reader.Read(ref chunk, out var opcode, out var payload) is var outcome && outcome != WebSocketReader.Outcome.NeedMore)
                {
                    Assert.Equal(WebSocketReader.Outcome.Frame, outcome);
                    read.Add((opcode, payload.ToArray()));
                }
            }

            reader.Release();
            Assert.Equal(messages.Length, read.Count);
            foreach (var (message, (opcode, data)) in messages.Zip(read))
            {
                Assert.Equal((byte)message.Opcode, opcode);
                Assert.Equal(message.Data, data);
            }
        });

    [Fact]
    public void No_bytes_break_the_reader() => Gen.Byte.Array[0, 120].Sample(
        bytes =>
        {
            var reader = new WebSocketReader(64);
            for (var at = 0; at < bytes.Length; at += 5)
            {
                var chunk = bytes.AsSpan(at, Math.Min(5, bytes.Length - at));
                WebSocketReader.Outcome outcome;
                while ((outcome = reader.Read(ref chunk, out _, out var payload)) == WebSocketReader.Outcome.Frame)
                    Assert.True(payload.Length <= 125);
                if (outcome != WebSocketReader.Outcome.NeedMore)
                    break;
            }

            reader.Release();
        },
        iter: 20_000);

    [Fact]
    public void Masking_twice_gives_the_original_wherever_it_is_cut() =>
        Gen.Select(Gen.Byte.Array[0, 200], Gen.UInt, Gen.Int[0, 200]).Sample((data, mask, cut) =>
        {
            byte[] whole = [.. data], parts = [.. data];
            WebSocketMask.Apply(whole, mask);
            cut = Math.Min(cut, data.Length);
            WebSocketMask.Apply(parts.AsSpan(cut), WebSocketMask.Apply(parts.AsSpan(0, cut), mask));
            Assert.Equal(whole, parts);
            WebSocketMask.Apply(whole, mask);
            Assert.Equal(data, whole);
        });

    [Theory]
    [InlineData(0)]
    [InlineData(125)]
    [InlineData(126)]
    [InlineData(65535)]
    [InlineData(65536)]
    public void A_frame_has_the_shortest_header(int length)
    {
        var packet = Packet.BinaryMessage(new byte[length]);
        var header = length < 126 ? 2 : length < 65536 ? 4 : 10;
        Assert.Equal(header + length, packet.Frame.Length);
        Assert.Equal(RawWebSocket.Encode(Opcode.Binary, new byte[length], masked: false), packet.Frame.ToArray());
    }

    private static IEnumerable<byte> Fragments((Opcode Opcode, byte[] Data, int[] Cuts) message)
    {
        int[] ends = [.. message.Cuts.Select(cut => Math.Min(cut, message.Data.Length)).Order(), message.Data.Length];
        var bytes = new List<byte>();
        for (int i = 0, start = 0; i < ends.Length; start = ends[i], i++)
            bytes.AddRange(RawWebSocket.Encode(i == 0 ? message.Opcode : Opcode.Continuation, message.Data[start..ends[i]], final: i == ends.Length - 1));
        return bytes;
    }
}
