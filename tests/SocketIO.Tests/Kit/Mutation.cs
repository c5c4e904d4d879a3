using CsCheck;

namespace SocketIO.Tests.Kit;

/// <summary>Inputs for fuzzing: valid ones with a few faults, which get further into a parser than noise does, and noise.</summary>
internal static class Mutation
{
    // Bytes that mean something to one parser or another.
    private static readonly byte[] Telling = [0, 1, 4, 9, 0x1e, 0x7f, 0x80, 0x9f, 0xc1, 0xc4, 0xdd, 0xdf, 0xe2, 0xf0, 0xff, .. "0123456789:,-/?b\\\"[]{}=%&"u8];

    /// <summary>One of the valid inputs as it is, with some faults, or something made of noise alone.</summary>
    public static Gen<byte[]> Mutated(this Gen<byte[]> valid, int maxNoise = 80) => Gen.Frequency(
        (1, valid),
        (6, Gen.Select(valid, valid, Gen.Int, (input, other, seed) => Mutate(input, other, seed))),
        (1, Gen.Byte.Array[0, maxNoise]),
        (1, Generators.Any(Telling).Array[0, maxNoise]));

    private static byte[] Mutate(byte[] input, byte[] other, int seed)
    {
        // A function of the seed, so that what fails once fails again.
        var random = new Random(seed);
        var bytes = new List<byte>(input);
        for (var faults = random.Next(1, 5); faults > 0; faults--)
        {
            var at = random.Next(bytes.Count + 1);
            var length = random.Next(Math.Min(20, bytes.Count - at) + 1);
            switch (random.Next(7))
            {
                case 0 when at < bytes.Count:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1 when at < bytes.Count:
                    bytes[at] = Telling[random.Next(Telling.Length)];
                    break;
                case 2:
                    bytes.RemoveRange(at, length);
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.GetRange(at, length));
                    break;
                case 4:
                    bytes.Insert(at, Telling[random.Next(Telling.Length)]);
                    break;
                case 5:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                default:
                    bytes.InsertRange(at, other.Skip(random.Next(other.Length + 1)).Take(40));
                    break;
            }
        }

        return [.. bytes];
    }
}
