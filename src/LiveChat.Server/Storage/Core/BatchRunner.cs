namespace LiveChat.Server.Storage.Core;

/// <summary>
/// Decides commands together and writes what they decided in one transaction: it reads what the decisions rest on, lets each command
/// decide in turn, and has the engine write all of it. Used by one caller at a time.
/// </summary>
internal sealed class BatchRunner(IStoreEngine engine)
{
    private readonly KnownConversations _known = new();

    /// <summary>
    /// Gives each call its decision, and the entries that the logs gained, in order. When it throws, nothing was written; a command
    /// whose rule throws fails alone. Null, and nothing was written, when a caller has been told so while the database was waited for.
    /// </summary>
    public async ValueTask<IReadOnlyList<ConversationEvent>?> RunAsync(IReadOnlyList<CommandCall> calls)
    {
        var draft = await LoadAsync(calls);
        var stored = await ReadFactsAsync(calls, draft);
        var entries = new List<ConversationEvent>(calls.Count);
        for (var i = 0; i < calls.Count; i++)
        {
            var decision = await DecideAsync(calls[i], draft, stored[i]);
            if (decision is not null)
                entries.AddRange(decision.Entries);
        }

        return draft.Changes.Count == 0 || await WriteAsync(draft, calls) ? entries : null;
    }

    /// <summary>Forgets what it knows of all conversations: others than commands are about to change them.</summary>
    public void Forget() => _known.Clear();

    private async ValueTask<Draft> LoadAsync(IReadOnlyList<CommandCall> calls)
    {
        var draft = new Draft();
        HashSet<Guid>? unknown = null;
        HashSet<string>? customers = null;
        foreach (var call in calls)
        {
            switch (call.Command)
            {
                case ConversationCommand command when _known.Find(command.ConversationId) is { } known:
                    draft.Add(known);
                    break;
                case ConversationCommand command:
                    (unknown ??= []).Add(command.ConversationId);
                    break;
                case StartConversation start:
                    (customers ??= []).Add(start.Customer.Id);
                    break;
            }
        }

        if (unknown is null && customers is null)
            return draft;

        foreach (var loaded in await engine.LoadAsync(unknown ?? [], customers ?? []))
        {
            if (_known.Find(loaded.Conversation.Id) is { } known)
            {
                draft.Add(known);
                continue;
            }

            draft.Add(loaded);
            _known.Add(loaded);
        }

        return draft;
    }

    /// <summary>The facts that each call needs as things stand before the batch; nothing for who needs none.</summary>
    private async ValueTask<StoredFacts[]> ReadFactsAsync(IReadOnlyList<CommandCall> calls, Draft draft)
    {
        var stored = new StoredFacts[calls.Count];
        List<FactQuestion>? questions = null;
        for (var i = 0; i < calls.Count; i++)
        {
            var known = draft.Find(calls[i].Command);
            stored[i].Current = known?.Conversation;
            stored[i].Needed = calls[i].Command.Needs(known?.Conversation);
            if (stored[i].Needed.IsAny)
                (questions ??= []).Add(Question(known, stored[i].Needed));
        }

        if (questions is null)
            return stored;

        var answers = await engine.ReadFactsAsync(questions);
        for (int i = 0, next = 0; i < calls.Count; i++)
        {
            if (stored[i].Needed.IsAny)
                stored[i].Facts = answers[next++];
        }

        return stored;
    }

    private async ValueTask<Decision?> DecideAsync(CommandCall call, Draft draft, StoredFacts stored)
    {
        var known = draft.Find(call.Command);
        var current = draft.Current(known);
        var (needed, facts) = (stored.Needed, stored.Facts);

        // An earlier command of the batch may have changed what this one must know.
        if (!ReferenceEquals(current, stored.Current) && (needed = call.Command.Needs(current)) != stored.Needed && needed.IsAny)
            facts = (await engine.ReadFactsAsync([Question(known, needed)]))[0];
        try
        {
            var decision = call.Command.Decide(current, draft.Amend(facts, needed, known));
            draft.Add(known, decision);
            call.Decision = decision;
            return decision;
        }
        catch (Exception exception)
        {
            call.Fault = exception;
            return null;
        }
    }

    private async ValueTask<bool> WriteAsync(Draft draft, IReadOnlyList<CommandCall> calls)
    {
        try
        {
            if (!await engine.WriteAsync(draft.Changes, () => TryBegin(calls)))
                return false;
        }
        catch
        {
            _known.Clear();
            throw;
        }

        foreach (var change in draft.Changes)
        {
            change.Known.Conversation = change.After;
            _known.Add(change.Known);
        }

        return true;
    }

    private static bool TryBegin(IReadOnlyList<CommandCall> calls)
    {
        var all = true;
        foreach (var call in calls)
            all &= call.TryBegin();
        return all;
    }

    private static FactQuestion Question(Known? known, NeededFacts needed) =>
        new(known?.Key, known?.Conversation.Id ?? Guid.Empty, needed);

    /// <summary>What a command needed to know before the batch, of its conversation as it was then, and what was read.</summary>
    private struct StoredFacts
    {
        public Conversation? Current;
        public NeededFacts Needed;
        public Facts Facts;
    }
}
