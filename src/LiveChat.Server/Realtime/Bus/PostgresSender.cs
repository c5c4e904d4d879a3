using System.Globalization;
using Npgsql;

namespace LiveChat.Server.Realtime.Bus;

/// <summary>
/// Sends by a connection of its own. What waits while a statement runs goes with the next one, in as few notifications as it fits into. A
/// statement that only notifies writes nothing, and waits for no disk.
/// </summary>
internal sealed class PostgresSender(
    string connectionString, string channel, string own, Pulse pulse, Action broke, BusCounts counts, BusFaults faults, TimeProvider clock)
{
    /// <summary>What waits to be sent, in bytes; then the oldest is dropped.</summary>
    private const long Capacity = 16 * 1024 * 1024;

    /// <summary>How many bytes go with one statement.</summary>
    private const int MostAtOnce = 512 * 1024;

    private const string Statement = "SELECT pg_notify(n.channel, n.payload) FROM unnest($1::text[], $2::text[]) AS n(channel, payload)";

    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(1);

    private readonly BusQueue<BusItem> _outbox = new(Capacity, item => item.Body.Length, dropsOldest: true);
    private readonly TaskCompletionSource _sentAll = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _beatDue;
    private int _isMissedDue;
    private int _isLost;
    private uint _number;

    public void Add(IReadOnlyList<BusItem> items)
    {
        foreach (var item in items)
        {
            if (_outbox.Add(item) is var dropped and > 0)
                Lose(dropped);
        }
    }

    /// <summary>The other servers are to be told that something did not come, <paramref name="items"/> of which were never sent.</summary>
    public void Lost(int items)
    {
        Volatile.Write(ref _isLost, 1);
        if (items > 0)
            counts.AddDropped(items);
    }

    /// <summary>Sends a beat, and what is to be told of losses where the way is up.</summary>
    public void Beat(bool isUp)
    {
        if (isUp && Interlocked.Exchange(ref _isLost, 0) == 1)
            Volatile.Write(ref _isMissedDue, 1);

        // It counts as sent: where nothing can be sent, nothing comes back, and that must show.
        Interlocked.Exchange(ref _beatDue, pulse.Beat());
        _outbox.Wake();
    }

    /// <summary>Sends what waits, for a second at most; nothing is sent after it.</summary>
    public Task FlushAsync()
    {
        _outbox.Complete();
        return Task.WhenAny(_sentAll.Task, Task.Delay(StopLimit, TimeProvider.System, CancellationToken.None));
    }

    public async Task RunAsync(ulong sender, CancellationToken stop)
    {
        var pauses = new Pauses(clock);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await using var connection = new NpgsqlConnection(connectionString);
                await connection.OpenAsync(stop);
                await using var command = new NpgsqlCommand(Statement, connection)
                {
                    Parameters = { new NpgsqlParameter<string[]>(), new NpgsqlParameter<string[]>() },
                };
                await command.PrepareAsync(stop);
                await SendAsync(command, sender, pauses, stop);
                return;
            }
            catch (Exception exception)
            {
                if (stop.IsCancellationRequested)
                    return;

                broke();
                faults.Failed(exception);
                await pauses.WaitAsync(stop);
            }
        }
    }

    private async Task SendAsync(NpgsqlCommand command, ulong sender, Pauses pauses, CancellationToken stop)
    {
        var (channels, payloads) = (new List<string>(), new List<string>());
        while (await _outbox.WaitAsync(stop))
        {
            do
            {
                channels.Clear();
                payloads.Clear();
                if (Interlocked.Exchange(ref _beatDue, 0) is var beat and not 0)
                {
                    channels.Add(own);
                    payloads.Add(beat.ToString(CultureInfo.InvariantCulture));
                }

                var items = Pack(sender, channels, payloads);
                if (payloads.Count == 0)
                    break;

                command.Parameters[0].Value = channels.ToArray();
                command.Parameters[1].Value = payloads.ToArray();
                try
                {
                    await command.ExecuteNonQueryAsync(stop);
                }
                catch (Exception)
                {
                    Lose(items);
                    throw;
                }

                counts.AddPublished(items);
                pauses.Reset();
            }
            while (_outbox.TryPeek(out _));
        }

        _sentAll.TrySetResult();
    }

    /// <summary>Takes what waits and puts it into texts; gives how many items that were.</summary>
    private int Pack(ulong sender, List<string> channels, List<string> payloads)
    {
        var (total, bytes, size) = (0, 0, BusCodec.HeaderSize);
        var together = new List<BusItem>();
        if (Interlocked.Exchange(ref _isMissedDue, 0) == 1)
            Take(BusItem.Missed);
        while (bytes < MostAtOnce && _outbox.TryTake(out var item))
            Take(item);
        Close();
        return total;

        void Take(BusItem item)
        {
            var own = BusCodec.SizeOf(item);
            if (size + own > FrameParts.MaxWhole)
                Close();
            together.Add(item);
            size += own;
            bytes += own;
            total++;
        }

        void Close()
        {
            if (together.Count == 0)
                return;

            foreach (var payload in FrameParts.Split(sender, ++_number, BusCodec.Frame(sender, [.. together])))
            {
                channels.Add(channel);
                payloads.Add(payload);
            }

            together.Clear();
            size = BusCodec.HeaderSize;
        }
    }

    private void Lose(int items)
    {
        Volatile.Write(ref _isLost, 1);
        if (items > 0)
            faults.Dropped(items);
    }
}
