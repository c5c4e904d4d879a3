using CsCheck;

namespace SocketIO.Tests.Kit;

internal static class Generators
{
    /// <summary>One of the values.</summary>
    public static Gen<T> Any<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);
}
