namespace LiveChat.Server.Storage.Core;

/// <summary>
/// How long to wait before a database that was interrupted is tried again: longer each time, and random, so that servers do not come back all
/// at once.
/// </summary>
internal struct RetryPauses()
{
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(250);

    private TimeSpan _about = TimeSpan.FromMilliseconds(4);

    public TimeSpan Next()
    {
        var pause = _about * (0.5 + Random.Shared.NextDouble());
        _about = _about * 2 < Longest ? _about * 2 : Longest;
        return pause;
    }
}
