using StackExchange.Redis;

namespace LiveChat.Server.Realtime.Bus;

/// <summary>
/// The channels that this server listens to. One whose subscription fails, or is lost with its connection, is subscribed to again until it
/// stands. Each channel's messages are handed over in their order. Thread-safe.
/// </summary>
internal sealed class RedisSubscriptions(BusFaults faults)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Subscription> _all = [];
    private ISubscriber? _redis;
    private bool _missed;

    /// <summary>Redis is there, and channels are subscribed to from now on.</summary>
    public void Connect(ISubscriber redis)
    {
        lock (_gate)
            _redis = redis;
    }

    /// <summary>Completes when the subscription stands.</summary>
    public Task AddAsync(string channel, Action<byte[]> receive)
    {
        lock (_gate)
        {
            // It may be there yet: let go of a moment ago, while it was still being subscribed to.
            if (!_all.TryGetValue(channel, out var subscription))
                _all.Add(channel, subscription = new Subscription(RedisChannel.Sharded(channel), receive));
            subscription.IsWanted = true;

            // Where it cannot be subscribed to yet, nobody waits for it, and what comes before it stands is missed.
            subscription.IsLate |= _redis is null;
            Try(subscription);
            return subscription.Standing.Task;
        }
    }

    public void Remove(string channel)
    {
        lock (_gate)
        {
            if (!_all.TryGetValue(channel, out var subscription))
                return;

            subscription.IsWanted = false;
            if (!subscription.IsBusy)
                Forget(channel, subscription);
        }
    }

    public bool Stands(string channel)
    {
        lock (_gate)
            return _all.TryGetValue(channel, out var subscription) && subscription.Stands && _redis?.SubscribedEndpoint(subscription.Channel) is not null;
    }

    /// <summary>Subscribes again to what does not stand.</summary>
    /// <param name="isWanted">Which ones to try: all of them where Redis does not answer would only be work.</param>
    public void Check(Func<string, bool> isWanted)
    {
        lock (_gate)
        {
            foreach (var (channel, subscription) in _all)
            {
                if (subscription.Stands && _redis?.SubscribedEndpoint(subscription.Channel) is null)
                    subscription.Lose();
                if (!subscription.Stands && isWanted(channel))
                    Try(subscription);
            }
        }
    }

    /// <summary>Whether a subscription has come late, so that something may have been missed, since the last call.</summary>
    public bool TakeMissed()
    {
        lock (_gate)
        {
            var missed = _missed;
            _missed = false;
            return missed;
        }
    }

    private void Try(Subscription subscription)
    {
        if (subscription.IsBusy || subscription.Stands || _redis is null)
            return;

        subscription.IsBusy = true;
        _ = SubscribeAsync(_redis, subscription);
    }

    private async Task SubscribeAsync(ISubscriber redis, Subscription subscription)
    {
        ChannelMessageQueue? queue = null;
        try
        {
            // The library keeps what an attempt that failed has left, and would hand over each message twice.
            if (subscription.IsLate)
                _ = redis.UnsubscribeAsync(subscription.Channel, handler: null, CommandFlags.FireAndForget);
            queue = await redis.SubscribeAsync(subscription.Channel);
            queue.OnMessage(message =>
            {
                if (message.Message.IsNull is false)
                    subscription.Receive((byte[])message.Message!);
            });
        }
        catch (Exception exception)
        {
            faults.Failed(exception);
        }

        lock (_gate)
        {
            subscription.IsBusy = false;
            if (!subscription.IsWanted)
            {
                Forget(subscription.Channel.ToString(), subscription);
                return;
            }

            if (queue is null)
            {
                subscription.IsLate = true;
                return;
            }

            _missed |= subscription.IsLate;
            subscription.Stand();
        }
    }

    private void Forget(string channel, Subscription subscription)
    {
        _all.Remove(channel);
        subscription.Standing.TrySetResult();

        // Begun under the lock, so that who subscribes next does it after this on the wire.
        _ = _redis?.UnsubscribeAsync(subscription.Channel, handler: null, CommandFlags.FireAndForget);
    }

    /// <summary>Guarded by the lock of its owner.</summary>
    private sealed class Subscription(RedisChannel channel, Action<byte[]> receive)
    {
        public RedisChannel Channel { get; } = channel;

        public Action<byte[]> Receive { get; } = receive;

        public TaskCompletionSource Standing { get; private set; } = New();

        public bool IsWanted { get; set; }

        public bool IsBusy { get; set; }

        public bool Stands { get; private set; }

        /// <summary>Whether it was subscribed to before and that failed or was lost.</summary>
        public bool IsLate { get; set; }

        public void Stand()
        {
            (Stands, IsLate) = (true, false);
            Standing.TrySetResult();
        }

        public void Lose()
        {
            (Stands, IsLate) = (false, true);
            Standing = New();
        }

        private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
