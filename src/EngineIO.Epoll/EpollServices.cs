using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace EngineIO.Epoll;

/// <summary>What all connections of the transport share.</summary>
internal sealed class EpollServices : IDisposable
{
    public EpollServices(IOptions<EpollOptions> options, IMeterFactory meters, ILoggerFactory loggers)
    {
        Options = options.Value;
        var faults = Options.Validate().ToList();
        if (faults.Count > 0)
            throw new ArgumentException(string.Join(' ', faults), nameof(options));

        Log = new Log(loggers.CreateLogger("EngineIO.Epoll"));
        var metrics = new EpollMetrics(meters);
        Limits = new ConnectionLimits(Options, metrics, Log, Clock);
        Backlogs = new SendBacklogs(Options, metrics, Log, Clock);
    }

    public EpollOptions Options { get; }

    public Log Log { get; }

    public ConnectionLimits Limits { get; }

    public SendBacklogs Backlogs { get; }

    public TimeProvider Clock => Options.Clock;

    public void Dispose() => Backlogs.Dispose();
}
