using LiveChat.Server.Realtime;
using LiveChat.Server.Security;
using SocketIO;

namespace LiveChat.Server.Gateway;

/// <summary>
/// What a socket was let in by, and until when: at the end of it the socket is told and disconnected, unless a credential of the same
/// principal that lasts longer was given meanwhile. Thread-safe.
/// </summary>
internal sealed class SocketCredential(ISocket socket, Principal principal, string address, TimeProvider clock) : IDisposable
{
    /// <summary>How long a timer may be set for; what is later is looked at again.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    private static readonly ChatError Expired = new(ErrorCodes.TokenExpired, "The credential has expired.");

    // Guarded by _gate.
    private readonly Lock _gate = new();
    private DateTimeOffset? _end = principal.ExpiresAt;
    private ITimer? _timer;
    private bool _isOver;

    public string Address { get; } = address;

    /// <summary>Whom it was let in as, whatever credential of that principal it goes on with.</summary>
    public Principal Principal { get; } = principal;

    public static SocketCredential Of(ISocket socket) => (SocketCredential)socket.Items[typeof(SocketCredential)]!;

    /// <summary>Begins to wait for the end.</summary>
    public void Watch()
    {
        lock (_gate)
        {
            if (_end is { } end && !_isOver)
                Set(end);
        }
    }

    /// <summary>The socket goes on by another credential of the same principal, to this end.</summary>
    public void Renew(DateTimeOffset? renewedEnd)
    {
        lock (_gate)
        {
            _end = renewedEnd;
            _timer?.Dispose();
            _timer = null;
            if (renewedEnd is { } end && !_isOver)
                Set(end);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isOver = true;
            _timer?.Dispose();
        }
    }

    private void Set(DateTimeOffset end)
    {
        var left = end - clock.GetUtcNow();
        var due = left < TimeSpan.Zero ? TimeSpan.Zero : left < Longest ? left : Longest;
        _timer ??= clock.CreateTimer(_ => Look(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(due, Timeout.InfiniteTimeSpan);
    }

    private void Look()
    {
        lock (_gate)
        {
            if (_isOver || _end is not { } end)
                return;
            if (clock.GetUtcNow() < end)
            {
                Set(end);
                return;
            }

            _isOver = true;
        }

        SocketFaults.End(socket, Expired);
    }
}
