namespace LiveChat.Server.Storage.Core;

/// <summary>
/// Answers the calls of a batch. What continues from an answer runs on the thread pool, like everything that awaits, with one exception:
/// messages, of which there are the most, are answered a group at a time where connections are served, by threads that are awake
/// anyway. What continues there must not block: it is the endpoint and the event that take messages, which write the answer and end.
/// </summary>
/// <remarks>
/// Waking a thread of the pool for each message costs more than all else that is done for it here: 8 to 13 % of a message's CPU in the
/// whole chat, interleaved with the pool's (docs/performance.md).
/// </remarks>
/// <param name="post">Where groups of messages are answered; null for the thread pool.</param>
internal sealed class Answers(Action<IThreadPoolWorkItem>? post)
{
    private const int GroupSize = 16;

    /// <summary>Whether a command is answered in a group, so that what continues from it runs where it is answered.</summary>
    public static bool IsInGroup(Command command) => command is SendMessage;

    /// <summary>Answers each call with what was decided.</summary>
    public void Succeed(List<CommandCall> calls)
    {
        var group = new Group();
        foreach (var call in calls)
        {
            if (!IsInGroup(call.Command))
            {
                call.Succeed();
                continue;
            }

            group.Calls.Add(call);
            if (group.Calls.Count < GroupSize)
                continue;

            Post(group);
            group = new Group();
        }

        if (group.Calls.Count > 0)
            Post(group);
    }

    private void Post(Group group)
    {
        if (post is not null)
            post(group);
        else
            ThreadPool.UnsafeQueueUserWorkItem(group, preferLocal: false);
    }

    private sealed class Group : IThreadPoolWorkItem
    {
        public List<CommandCall> Calls { get; } = new(GroupSize);

        public void Execute()
        {
            foreach (var call in Calls)
                call.Succeed();
        }
    }
}
