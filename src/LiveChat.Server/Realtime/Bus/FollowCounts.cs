using System.Collections.Concurrent;

namespace LiveChat.Server.Realtime.Bus;

/// <summary>How many here follow each conversation. Thread-safe.</summary>
internal sealed class FollowCounts
{
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<Guid, Followed> _followed = [];

    public bool Contains(Guid conversationId) => _followed.ContainsKey(conversationId);

    /// <summary>Counts one more; the first has <paramref name="follow"/> called. Gives what completes when the conversation is followed.</summary>
    public Task Add(Guid conversationId, Func<Guid, Task> follow)
    {
        // Under the lock, so that following and letting go come to the transport in the order of the counts.
        lock (_gate)
        {
            if (!_followed.TryGetValue(conversationId, out var followed))
            {
                followed = new Followed();
                _followed[conversationId] = followed;
                followed.Standing = follow(conversationId);
            }

            followed.Count++;
            return followed.Standing;
        }
    }

    /// <summary>Counts one less; the last has <paramref name="unfollow"/> called.</summary>
    public void Remove(Guid conversationId, Action<Guid> unfollow)
    {
        lock (_gate)
        {
            if (!_followed.TryGetValue(conversationId, out var followed) || --followed.Count > 0)
                return;

            _followed.TryRemove(conversationId, out _);
            unfollow(conversationId);
        }
    }

    private sealed class Followed
    {
        public int Count { get; set; }

        public Task Standing { get; set; } = Task.CompletedTask;
    }
}
