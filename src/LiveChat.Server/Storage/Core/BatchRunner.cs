namespace LiveChat.Server.Storage.Core;

/// <summary>
/// Decides commands together and writes what they decided in one transaction: it reads what the decisions rest on, lets each command
/// decide in turn, and has the engine write all of it. Used by one caller at a time.
/// </summary>
/// <remarks>
/// Where others write to the database too, it decides on what it remembers, and takes it that no message was sent before, so that most
/// batches are one round trip. The engine writes nothing that was decided on what is not so any more; what it refuses is decided anew, on
/// what was read then. A decision that writes nothing is nowhere looked at again: it counts only where it was made on what was read after the
/// call had come.
/// </remarks>
internal sealed class BatchRunner(IStoreEngine engine, TimeProvider clock)
{
    private static readonly List<CommandCall> Nobody = [];

    private readonly KnownConversations _known = new();
    private readonly ObservedEntries _observed = new();

    /// <summary>Takes in what was committed, here or elsewhere, so that what is remembered is not out of date. Thread-safe.</summary>
    public void Observe(IReadOnlyList<ConversationEvent> entries)
    {
        if (engine.IsShared)
            _observed.Add(entries);
    }

    /// <summary>
    /// Gives calls their decisions, and says which are done and which are to be run again. When it throws, nothing was written, but for an
    /// interruption; a command whose rule throws fails alone.
    /// </summary>
    public async ValueTask<BatchOutcome> RunAsync(List<CommandCall> calls)
    {
        if (calls.Exists(call => call.MustSettle))
            return await SettleAsync(calls);

        _observed.MoveTo(_known);
        var round = engine.IsShared ? FirstRound(calls) : calls;
        var draft = await LoadAsync(round);
        var bases = await ReadFactsAsync(round, draft);
        for (var i = 0; i < round.Count; i++)
            bases[i].Known = await DecideAsync(round[i], draft, bases[i]);

        IReadOnlyList<Lost>? lost = [];
        if (draft.Changes.Count > 0)
            lost = await WriteAsync(draft, round);
        return lost is null ? new BatchOutcome([], Nobody, [.. calls.Where(call => !call.IsOver)]) : Sort(calls, round, bases, lost);
    }

    /// <summary>Forgets what it knows of all conversations: others than commands are about to change them.</summary>
    public void Forget() => _known.Clear();

    /// <summary>
    /// How many an agent holds is read before the write and looked at once more in it, under a lock on the agent. So that it is no other
    /// command of the same batch that changes it, accepts come apart, and of each agent one at a time.
    /// </summary>
    private static List<CommandCall> FirstRound(List<CommandCall> calls)
    {
        if (!calls.Exists(call => call.Command is AcceptConversation))
            return calls;

        var others = calls.FindAll(call => call.Command is not AcceptConversation);
        return others.Count > 0 ? others : [.. calls.DistinctBy(call => ((AcceptConversation)call.Command).Agent.Id)];
    }

    /// <summary>
    /// After an interrupted write: whose entries are there was written, and the others are run again. What was interrupted may still be under
    /// way in the database. It comes to nothing there once its conversation has moved on, so it is looked at again when a later try was lost, or is to
    /// write nothing.
    /// </summary>
    private async ValueTask<BatchOutcome> SettleAsync(List<CommandCall> calls)
    {
        var done = new List<CommandCall>();
        foreach (var call in calls.FindAll(call => call.MustSettle))
        {
            foreach (var decision in call.InDoubt!)
            {
                if (!await engine.IsWrittenAsync(decision.Entries[0]))
                    continue;

                (call.Decision, call.Fault) = (decision, null);
                done.Add(call);
                break;
            }
        }

        // Only once that is known of all of them: an interruption here leaves them as they are.
        foreach (var call in calls)
            call.MustSettle = false;
        var again = calls.Except(done).ToList();
        again.ForEach(call => call.Rewind());
        return new BatchOutcome([.. done.SelectMany(call => call.Decision!.Entries)], done, again);
    }

    private async ValueTask<Draft> LoadAsync(IReadOnlyList<CommandCall> calls)
    {
        var draft = new Draft();
        HashSet<Guid>? unknown = null;
        HashSet<string>? customers = null;
        foreach (var call in calls)
        {
            switch (call.Command)
            {
                case ConversationCommand command when _known.Find(command.ConversationId) is { } known && !(engine.IsShared && command.IsAheadOf(known.Conversation)):
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

        var asOf = clock.GetTimestamp();
        foreach (var loaded in await engine.LoadAsync(unknown ?? [], customers ?? []))
        {
            loaded.AsOf = asOf;
            draft.Add(_known.Take(loaded));
        }

        return draft;
    }

    /// <summary>What each call decides on: the facts that it needs, as things stand before the batch.</summary>
    private async ValueTask<Basis[]> ReadFactsAsync(IReadOnlyList<CommandCall> calls, Draft draft)
    {
        var bases = new Basis[calls.Count];
        List<FactQuestion>? questions = null;
        for (var i = 0; i < calls.Count; i++)
        {
            var known = draft.Find(calls[i].Command);
            bases[i] = new Basis(known, calls[i].Command.Needs(known?.Conversation));
            if (bases[i].Assume(engine.IsShared && !calls[i].ReadsFacts).IsAny)
                (questions ??= []).Add(Question(known, bases[i].Read));
        }

        if (questions is null)
            return bases;

        var answers = await engine.ReadFactsAsync(questions);
        for (int i = 0, next = 0; i < calls.Count; i++)
        {
            if (bases[i].Read.IsAny)
                bases[i].Facts = answers[next++];
        }

        return bases;
    }

    /// <summary>Gives the conversation that it decided of, null when there is none.</summary>
    private async ValueTask<Known?> DecideAsync(CommandCall call, Draft draft, Basis basis)
    {
        var known = draft.Find(call.Command);
        var current = draft.Current(known);
        var (needed, facts) = (basis.Needed, basis.Facts);

        // An earlier command of the batch may have changed what this one must know.
        if (!ReferenceEquals(current, basis.Current) && (needed = call.Command.Needs(current)) != basis.Needed && needed.IsAny)
            facts = (await engine.ReadFactsAsync([Question(known, needed)]))[0];
        try
        {
            var decision = call.Command.Decide(current, draft.Amend(facts, needed, known));
            (call.Decision, call.Fault) = (decision, null);
            return draft.Add(known, decision, needed.HeldBy is null ? null : facts.Held);
        }
        catch (Exception exception)
        {
            call.Fault = exception;
            return known;
        }
    }

    private async ValueTask<IReadOnlyList<Lost>?> WriteAsync(Draft draft, List<CommandCall> calls)
    {
        IReadOnlyList<Lost>? lost;
        var asOf = clock.GetTimestamp();
        try
        {
            lost = await engine.WriteAsync(draft.Changes, () => TryBegin(calls));
        }
        catch (StoreInterruptedException interruption)
        {
            foreach (var call in calls)
            {
                if (!interruption.MayBeWritten)
                    call.Rewind();
                else if (call is { Fault: null, Decision: { Entries.Count: > 0 } decision })
                {
                    call.MustSettle = true;
                    call.Doubt(decision);
                }
            }

            _known.Clear();
            throw;
        }
        catch
        {
            _known.Clear();
            throw;
        }

        if (lost is null)
            return null;

        foreach (var change in draft.Changes)
        {
            change.Known.Conversation = change.After;
            change.Known.AsOf = asOf;
            _known.Add(change.Known);
        }

        foreach (var (known, now) in lost)
        {
            _known.Remove(known.Conversation.Id);
            if (now is null)
                continue;
            now.AsOf = asOf;
            _known.Add(now);
        }

        return lost;
    }

    private BatchOutcome Sort(List<CommandCall> calls, List<CommandCall> round, Basis[] bases, IReadOnlyList<Lost> lost)
    {
        var entries = new List<ConversationEvent>(round.Count);
        if (!engine.IsShared)
        {
            foreach (var call in round)
                entries.AddRange(call.Entries);
            return new BatchOutcome(entries, round, Nobody);
        }

        var (done, again) = (new List<CommandCall>(round.Count), Nobody);
        for (var i = 0; i < round.Count; i++)
        {
            if (IsDone(round[i], bases[i], lost))
            {
                done.Add(round[i]);
                entries.AddRange(round[i].Entries);
                continue;
            }

            if (ReferenceEquals(again, Nobody))
                again = [];
            round[i].Rewind();
            again.Add(round[i]);
        }

        if (!ReferenceEquals(round, calls))
            again = [.. again, .. calls.Except(round)];
        return new BatchOutcome(entries, done, again);
    }

    private bool IsDone(CommandCall call, Basis basis, IReadOnlyList<Lost> lost)
    {
        if (call.Fault is null && call.Decision is { Writes: true })
        {
            foreach (var one in lost)
            {
                if (!ReferenceEquals(one.Known, basis.Known))
                    continue;

                // By whom it was lost may be itself.
                call.MustSettle = call.InDoubt is not null;

                // Nobody has written to it meanwhile, so it is a fact that was not so.
                call.ReadsFacts |= one.Now?.Conversation.LastSequence == basis.Current?.LastSequence;
                return false;
            }

            return true;
        }

        var isCertain = lost.Count == 0 && !basis.IsAssumed && (basis.Known is null || basis.Known.AsOf >= call.Since);
        if (isCertain && (call.InDoubt is null || call.IsSettled))
            return true;
        call.MustSettle = call.IsSettled = isCertain;

        if (basis.Known is { } known)
            _known.Remove(known.Conversation.Id);
        call.ReadsFacts = true;
        return false;
    }

    private static bool TryBegin(List<CommandCall> calls)
    {
        var all = true;
        foreach (var call in calls)
            all &= call.TryBegin();
        return all;
    }

    private static FactQuestion Question(Known? known, NeededFacts needed) =>
        new(known?.Key, known?.Conversation.Id ?? Guid.Empty, needed);

    /// <summary>What a command decides on: its conversation as it was before the batch, and facts.</summary>
    private struct Basis(Known? known, NeededFacts needed)
    {
        public Known? Known { get; set; } = known;

        public Conversation? Current { get; } = known?.Conversation;

        public NeededFacts Needed { get; } = needed;

        /// <summary>Of the needed facts those that are read.</summary>
        public NeededFacts Read { get; private set; }

        /// <summary>Whether it is taken, and not read, that there is no such message: the write looks at it.</summary>
        public bool IsAssumed { get; private set; }

        public Facts Facts { get; set; }

        public NeededFacts Assume(bool notSent)
        {
            IsAssumed = notSent && Needed.Sent is not null;
            return Read = IsAssumed ? Needed with { Sent = null } : Needed;
        }
    }
}

/// <param name="Entries">What the logs gained, in order.</param>
/// <param name="Done">Whose decision counts.</param>
/// <param name="Again">Who must be decided anew.</param>
internal readonly record struct BatchOutcome(IReadOnlyList<ConversationEvent> Entries, List<CommandCall> Done, List<CommandCall> Again);
