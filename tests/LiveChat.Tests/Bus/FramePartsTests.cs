using CsCheck;
using LiveChat.Server.Realtime.Bus;
using Microsoft.Extensions.Time.Testing;

namespace LiveChat.Tests.Bus;

/// <summary>Frames of any size go through PostgreSQL's short texts, whatever else comes between.</summary>
public sealed class FramePartsTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public void A_frame_of_any_size_is_put_together_again_from_texts_that_fit() =>
        Gen.Select(Gen.Int[1, 60_000], Gen.ULong, Gen.UInt).Sample((size, sender, number) =>
        {
            var (frame, parts) = (Bytes(size), new FrameParts(_clock));
            string[] texts = [.. FrameParts.Split(sender, number, frame)];

            Assert.All(texts, text => Assert.InRange(text.Length, 1, 7999));
            Assert.Equal(size <= FrameParts.MaxWhole, texts.Length == 1);
            foreach (var text in texts[..^1])
            {
                Assert.True(parts.TryTake(text, out var early));
                Assert.Null(early);
            }

            Assert.True(parts.TryTake(texts[^1], out var whole));
            Assert.Equal(frame, whole);
        });

    [Fact]
    public void Frames_of_several_senders_come_between_each_other()
    {
        var parts = new FrameParts(_clock);
        var frames = Enumerable.Range(1, 5).Select(i => Bytes(20_000 + i)).ToArray();
        var texts = frames.Select((frame, i) => FrameParts.Split((ulong)i, 1, frame).ToArray()).ToArray();
        var whole = new List<byte[]>();

        for (var i = 0; i < texts[0].Length; i++)
        {
            foreach (var text in texts.Select(all => all[i]))
            {
                Assert.True(parts.TryTake(text, out var frame));
                if (frame is not null)
                    whole.Add(frame);
            }
        }

        Assert.Equal(frames, whole);
    }

    [Fact]
    public void A_frame_that_lacks_a_part_is_dropped_and_the_next_one_comes()
    {
        var parts = new FrameParts(_clock);
        string[] first = [.. FrameParts.Split(1, 1, Bytes(20_000))];
        string[] second = [.. FrameParts.Split(1, 2, Bytes(20_001))];

        Assert.True(parts.TryTake(first[0], out _));
        Assert.False(parts.TryTake(first[2], out _));
        Assert.False(parts.TryTake(first[3], out _));

        // A sender that is cut off in the middle begins anew.
        Assert.True(parts.TryTake(first[0], out _));
        byte[]? whole = null;
        Assert.All(second, text => Assert.True(parts.TryTake(text, out whole)));
        Assert.Equal(20_001, whole!.Length);
    }

    [Fact]
    public void Senders_that_died_in_the_middle_of_a_frame_keep_nobody_out_for_long()
    {
        var parts = new FrameParts(_clock);
        for (var sender = 1UL; sender <= 64; sender++)
            Assert.True(parts.TryTake(FrameParts.Split(sender, 1, Bytes(20_000)).First(), out _));
        string[] texts = [.. FrameParts.Split(100, 1, Bytes(20_000))];
        Assert.False(parts.TryTake(texts[0], out _));

        _clock.Advance(TimeSpan.FromSeconds(11));

        byte[]? whole = null;
        Assert.All(texts, text => Assert.True(parts.TryTake(text, out whole)));
        Assert.NotNull(whole);
    }

    [Fact]
    public void Texts_of_anybody_else_harm_nobody() =>
        Gen.OneOf(Gen.String, Gen.Byte.Array[0, 100].Select(bytes => "P" + Convert.ToBase64String(bytes))).Sample(text =>
        {
            var parts = new FrameParts(_clock);
            _ = parts.TryTake(text, out _);
        });

    private static byte[] Bytes(int size)
    {
        var bytes = new byte[size];
        new Random(size).NextBytes(bytes);
        return bytes;
    }
}
