using System.Globalization;
using Npgsql;

namespace LiveChat.Server.Realtime.Bus;

/// <summary>Listens by a connection of its own, and connects again whenever that breaks.</summary>
internal sealed class PostgresListener(string connectionString, string channel, string own, Pulse pulse, Action broke, BusFaults faults, TimeProvider clock)
{
    private CancellationTokenSource? _connection;

    /// <summary>Gives the connection up and makes another.</summary>
    public void Reconnect()
    {
        try
        {
            Volatile.Read(ref _connection)?.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has just been given up.
        }
    }

    /// <param name="receive">Given the frames of others.</param>
    /// <param name="sender">Whose frames are this server's own.</param>
    /// <param name="echoed">Called when a beat came back.</param>
    /// <param name="stop">Ends it.</param>
    public async Task RunAsync(Action<byte[]> receive, ulong sender, Action echoed, CancellationToken stop)
    {
        var pauses = new Pauses(clock);
        while (!stop.IsCancellationRequested)
        {
            using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(stop);
            Volatile.Write(ref _connection, giveUp);
            try
            {
                await using var connection = new NpgsqlConnection(connectionString);
                await connection.OpenAsync(giveUp.Token);
                var parts = new FrameParts(clock);
                connection.Notification += (_, notification) => Take(notification);
                await using (var listen = new NpgsqlCommand($"LISTEN {Quoted(channel)}; LISTEN {Quoted(own)}", connection))
                    await listen.ExecuteNonQueryAsync(giveUp.Token);
                pauses.Reset();
                while (true)
                    await connection.WaitAsync(giveUp.Token);

                void Take(NpgsqlNotificationEventArgs notification)
                {
                    if (notification.Channel == own)
                    {
                        if (long.TryParse(notification.Payload, CultureInfo.InvariantCulture, out var beat))
                            pulse.Echo(beat);
                        echoed();
                    }
                    else if (!parts.TryTake(notification.Payload, out var frame))
                    {
                        faults.Dropped(1);
                    }
                    else if (frame is not null && BusCodec.SenderOf(frame) != sender)
                    {
                        receive(frame);
                    }
                }
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

    private static string Quoted(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
