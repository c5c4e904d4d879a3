using System.Buffers.Text;

namespace LiveChat.Server.Realtime;

/// <summary>
/// Which log of which store it is. A store that was restored from a backup has another than the one that clients have seen, although ids
/// and sequences are the same: what they come back with carries it.
/// </summary>
/// <param name="Name">A short text of Base64Url's letters.</param>
internal sealed record StoreEpoch(string Name)
{
    private const int Length = 6;

    /// <param name="secret">Random, the same for all servers of a store, and in no backup of it.</param>
    public static StoreEpoch Of(byte[] secret) => new(Base64Url.EncodeToString(secret.AsSpan(0, Length)));
}
