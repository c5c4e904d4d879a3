using System.Globalization;
using StackExchange.Redis;

namespace LiveChat.Server.Realtime.Bus;

/// <summary>
/// The beats that this server sends itself over Redis: in a Cluster one by each primary, since each may stall alone. They pass nothing that
/// waits here, so what they measure is Redis. Thread-safe.
/// </summary>
internal sealed class RedisBeats(string prefix, RedisSubscriptions subscriptions, TimeProvider clock)
{
    /// <summary>How many names are tried until each primary has one: slots are a hash of the name.</summary>
    private const int MostNames = 2000;

    private readonly Lock _gate = new();
    private readonly string _prefix = $"{prefix}:beat:{Guid.NewGuid():n}:";

    // By channel.
    private readonly Dictionary<string, Pulse> _pulses = [];

    // Which slots the primaries had when the channels were chosen.
    private string _known = "";

    public bool AreAlive
    {
        get
        {
            lock (_gate)
                return _pulses.Count > 0 && _pulses.Values.All(pulse => pulse.IsAlive);
        }
    }

    public bool IsOne(string channel) => channel.StartsWith(_prefix, StringComparison.Ordinal);

    /// <summary>A connection broke: nothing counts as alive until beats come back that are sent from now on.</summary>
    public void Break()
    {
        lock (_gate)
        {
            foreach (var pulse in _pulses.Values)
                pulse.Break();
        }
    }

    public void Send(IConnectionMultiplexer multiplexer, ISubscriber redis)
    {
        lock (_gate)
        {
            Choose(multiplexer);
            foreach (var (channel, pulse) in _pulses)
            {
                _ = SendAsync(redis, channel, pulse.Beat());
            }
        }
    }

    private static async Task SendAsync(ISubscriber redis, string channel, long beat)
    {
        try
        {
            // Its answer is waited for: by answers that do not come the library knows a connection that is dead.
            await redis.PublishAsync(RedisChannel.Sharded(channel), BitConverter.GetBytes(beat));
        }
        catch (Exception)
        {
            // The beat does not come back, which says it all.
        }
    }

    private void Choose(IConnectionMultiplexer multiplexer)
    {
        var primaries = multiplexer.GetServers().Select(server => server.ClusterConfiguration).OfType<ClusterConfiguration>().FirstOrDefault()?
            .Nodes.Where(node => !node.IsReplica && node.Slots.Count > 0).ToList() ?? [];
        var known = string.Join(' ', primaries.Select(node => $"{node.EndPoint} {string.Join(',', node.Slots)}").Order(StringComparer.Ordinal));
        if (_pulses.Count > 0 && known == _known)
            return;

        _known = known;
        HashSet<string> chosen = [];
        if (primaries.Count == 0)
        {
            chosen.Add(NameOf(0));
        }
        else
        {
            for (var i = 0; i < MostNames && primaries.Count > 0; i++)
            {
                var slot = multiplexer.GetHashSlot(NameOf(i));
                if (primaries.RemoveAll(node => node.Slots.Any(range => range.From <= slot && slot <= range.To)) > 0)
                    chosen.Add(NameOf(i));
            }
        }

        foreach (var gone in _pulses.Keys.Except(chosen).ToList())
        {
            _pulses.Remove(gone);
            subscriptions.Remove(gone);
        }

        foreach (var channel in chosen.Where(channel => !_pulses.ContainsKey(channel)))
        {
            var pulse = new Pulse(clock);
            _pulses.Add(channel, pulse);
            _ = subscriptions.AddAsync(channel, beat => pulse.Echo(BitConverter.ToInt64(beat)));
        }
    }

    private string NameOf(int number) => _prefix + number.ToString(CultureInfo.InvariantCulture);
}
