using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace EngineIO.Transports;

/// <summary>The bytes of an accepted WebSocket, and the way to cut it off.</summary>
internal abstract class WebSocketConnection(TimeProvider time, PipeWriter output)
{
    private readonly Lock _finishing = new();
    private bool _finished;
    private ITimer? _abort;

    public PipeWriter Output => output;

    /// <summary>Whether messages may be compressed, by both sides.</summary>
    public bool IsDeflated { get; set; }

    /// <summary>Whether an exception from the pipes means that the connection is gone, rather than a fault of ours.</summary>
    public static bool IsGone(Exception exception) =>
        exception is IOException or OperationCanceledException or ConnectionAbortedException or InvalidOperationException or ObjectDisposedException;

    /// <summary>
    /// Begins the transport, gives it everything that is received, and ends it when the client sends no more or the transport wants no
    /// more. The request awaits the returned task, which may complete before the WebSocket has ended.
    /// </summary>
    public abstract Task ServeAsync(WebSocketTransport transport);

    /// <summary>Cuts the connection after a while, unless it has ended by then.</summary>
    public void AbortAfter(TimeSpan delay)
    {
        lock (_finishing)
        {
            if (!_finished)
                _abort ??= time.CreateTimer(static state => ((WebSocketConnection)state!).OnAbort(), this, delay, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Cuts the connection.</summary>
    protected abstract void Abort();

    /// <summary>Calls off <see cref="AbortAfter"/>: from now on the web server may use the connection for something else.</summary>
    protected void Finish()
    {
        lock (_finishing)
        {
            _finished = true;
            _abort?.Dispose();
        }
    }

    private void OnAbort()
    {
        lock (_finishing)
        {
            if (!_finished)
                Abort();
        }
    }
}
