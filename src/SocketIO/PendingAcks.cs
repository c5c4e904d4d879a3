using SocketIO.Protocol;

namespace SocketIO;

/// <summary>The acknowledgements that are waited for from one socket, by id. Every entry is removed by its answer, a timeout, a cancellation or the end of the socket.</summary>
internal sealed class PendingAcks(int limit, SocketMetrics metrics)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, TaskCompletionSource<IncomingPacket>> _pending = [];
    private ulong _last;
    private DisconnectReason? _ended;

    public int Count
    {
        get
        {
            lock (_lock)
                return _pending.Count;
        }
    }

    public Task<IncomingPacket> Add(out ulong id)
    {
        lock (_lock)
        {
            if (_ended is { } reason)
                throw new SocketDisconnectedException(reason);
            if (_pending.Count >= limit)
            {
                metrics.LimitExceeded(nameof(SocketIOOptions.MaxPendingAcks));
                throw new InvalidOperationException($"{limit} acknowledgements are waited for already ({nameof(SocketIOOptions.MaxPendingAcks)}).");
            }

            var answer = new TaskCompletionSource<IncomingPacket>(TaskCreationOptions.RunContinuationsAsynchronously);
            id = ++_last;
            _pending.Add(id, answer);
            return answer.Task;
        }
    }

    /// <summary>An answer came. One that nobody waits for any more is ignored.</summary>
    public void Complete(ulong id, IncomingPacket packet)
    {
        TaskCompletionSource<IncomingPacket>? answer;
        lock (_lock)
            _pending.Remove(id, out answer);
        answer?.TrySetResult(packet);
    }

    public void Remove(ulong id)
    {
        lock (_lock)
            _pending.Remove(id);
    }

    public void End(DisconnectReason reason)
    {
        TaskCompletionSource<IncomingPacket>[] answers;
        lock (_lock)
        {
            _ended = reason;
            answers = [.. _pending.Values];
            _pending.Clear();
        }

        foreach (var answer in answers)
        {
            answer.TrySetException(new SocketDisconnectedException(reason));
            // Mark the exception as observed: the caller may have given up waiting at this moment.
            _ = answer.Task.Exception;
        }
    }
}
