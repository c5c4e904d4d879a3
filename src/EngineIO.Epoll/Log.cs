using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace EngineIO.Epoll;

/// <summary>Everything that this transport logs, under the category <c>EngineIO.Epoll</c>. No payload and no address appears.</summary>
internal sealed partial class Log(ILogger logger)
{
    [LoggerMessage(1, LogLevel.Error, "What a socket's loop called has failed; the connection is cut.")]
    public partial void TransportFailed(Exception exception);

    [LoggerMessage(2, LogLevel.Error, "Work that was posted to the loops has failed.")]
    public partial void PostedFailed(Exception exception);

    [LoggerMessage(3, LogLevel.Warning, "Connections could not be accepted ({Error}); those that come wait until others are closed.")]
    public partial void AcceptFailed(SocketError error);

    [LoggerMessage(4, LogLevel.Warning, "Connections were refused, {Count} since the last such line, because of {Reason}; {Open} are open.")]
    public partial void Refused(long count, string reason, int open);

    [LoggerMessage(5, LogLevel.Warning, "Connections were cut, {Count} since the last such line, because their clients took nothing of what was sent: {Reason}.")]
    public partial void Cut(long count, string reason);
}
