using LiveChat.Tests.Support;
using static LiveChat.Tests.Support.Sample;

namespace LiveChat.Tests.Commands;

/// <summary>The rules where they stand: what each command decides on each conversation, without a store.</summary>
public class DecisionTests
{
    private static readonly Agent Ashik = new("a", "Ashik");
    private static readonly DateTimeOffset Later = Noon.AddMinutes(5);
    private static readonly WaitEstimate Wait = new(TimeSpan.FromMinutes(2), Ttl);

    private static readonly Conversation Queued = new()
    {
        Id = Guid.Parse("7e1de0bc-5e7e-4f0f-9d4e-2f2f4d5d6b11"),
        Status = ConversationStatus.Queued,
        Channel = "web",
        Customer = new Customer("f", "Jane", "0123"),
        Metadata = """{"order":1}""",
        LastSequence = 1,
        CreatedAt = Noon,
        UpdatedAt = Noon,
        QueuedAt = Noon,
    };

    private static readonly Conversation Assigned = Queued with { Status = ConversationStatus.Assigned, Agent = Ashik, LastSequence = 2, AcceptedAt = Noon };
    private static readonly Conversation Connected = Assigned with { Status = ConversationStatus.Connected, LastSequence = 3 };
    private static readonly Conversation Closed = Connected with
    {
        Status = ConversationStatus.Closed,
        LastSequence = 4,
        ClosedBy = ParticipantType.Customer,
        ClosedAt = Noon,
    };

    private static readonly Conversation ClosedInQueue = Queued with
    {
        Status = ConversationStatus.Closed,
        LastSequence = 2,
        ClosedBy = ParticipantType.System,
        CloseReason = "queue_timeout",
        ClosedAt = Noon,
    };

    private static Dictionary<string, Conversation?> States => new()
    {
        ["none"] = null,
        ["queued"] = Queued,
        ["assigned"] = Assigned,
        ["connected"] = Connected,
        ["closed"] = Closed,
        ["closed in the queue"] = ClosedInQueue,
    };

    private static Dictionary<string, Caller> Callers => new()
    {
        ["a customer"] = Backends.AnyCustomer,
        ["the customer"] = Backends.Customer("f"),
        ["another customer"] = Backends.Customer("g"),
        ["an agent"] = Backends.AnyAgent,
        ["the agent"] = Backends.Agent("a"),
        ["another agent"] = Backends.Agent("b"),
        ["a supervisor"] = new SupervisorCaller("s", null),
    };

    // An error's code, or the kinds of the entries that are added; "-" for none.
    [Theory]
    [InlineData("a customer", "not_found", "M", "M", "M", "gone", "gone")]
    [InlineData("the customer", "not_found", "M", "M", "M", "gone", "gone")]
    [InlineData("another customer", "not_found", "forbidden", "forbidden", "forbidden", "forbidden", "forbidden")]
    [InlineData("an agent", "not_found", "not_accepted", "Connected M", "M", "gone", "gone")]
    [InlineData("the agent", "not_found", "not_accepted", "Connected M", "M", "gone", "gone")]
    [InlineData("another agent", "not_found", "not_accepted", "forbidden", "forbidden", "forbidden", "gone")]
    public void Send(string caller, params string[] expected) => Check(
        expected,
        state => Sample.Send(Queued.Id, "x") with { Caller = Callers[caller], Now = Later });

    [Theory]
    [InlineData("a customer", "not_found", "Closed", "Closed", "Closed", "-", "-")]
    [InlineData("the customer", "not_found", "Closed", "Closed", "Closed", "-", "-")]
    [InlineData("another customer", "not_found", "forbidden", "forbidden", "forbidden", "forbidden", "forbidden")]
    [InlineData("an agent", "not_found", "Closed", "Closed", "Closed", "-", "-")]
    [InlineData("the agent", "not_found", "Closed", "Closed", "Closed", "-", "-")]
    [InlineData("another agent", "not_found", "Closed", "forbidden", "forbidden", "forbidden", "-")]
    public void Close(string caller, params string[] expected) => Check(
        expected,
        state => new CloseConversation { ConversationId = Queued.Id, Now = Later, Caller = Callers[caller], Reason = "done" });

    [Theory]
    [InlineData("a customer", "not_found", "1 0", "2 0", "2 0", "2 0", "2 0")]
    [InlineData("the customer", "not_found", "1 0", "2 0", "2 0", "2 0", "2 0")]
    [InlineData("another customer", "not_found", "forbidden", "forbidden", "forbidden", "forbidden", "forbidden")]
    [InlineData("an agent", "not_found", "not_accepted", "0 2", "0 2", "0 2", "not_accepted")]
    [InlineData("the agent", "not_found", "not_accepted", "0 2", "0 2", "0 2", "not_accepted")]
    [InlineData("another agent", "not_found", "not_accepted", "forbidden", "forbidden", "forbidden", "not_accepted")]
    [InlineData("a supervisor", "not_found", "not_accepted", "forbidden", "forbidden", "forbidden", "not_accepted")]
    public void Read(string caller, params string[] expected) => Check(expected, state => Sample.Read(Queued.Id, 2, Callers[caller]));

    [Fact]
    public void Reading_only_ever_goes_forward_and_not_past_the_end()
    {
        var read = Sample.Read(Queued.Id, 9).Decide(Connected, default);
        Assert.Equal((new ReadMarkers(3, 0), true), (read.Conversation.Read, read.Writes));
        Assert.Equal((Connected.LastSequence, Connected.UpdatedAt), (read.Conversation.LastSequence, read.Conversation.UpdatedAt));

        foreach (var sequence in new[] { 0L, 2, 3, long.MaxValue })
        {
            var again = Sample.Read(Queued.Id, sequence).Decide(read.Conversation, default);
            Assert.Equal((read.Conversation, false), (again.Conversation, again.Writes));
        }

        var other = Sample.Read(Queued.Id, 1, Backends.Agent("a")).Decide(read.Conversation, default);
        Assert.Equal(new ReadMarkers(3, 1), other.Conversation.Read);
    }

    [Theory]
    [InlineData("an agent", "not_found", "not_accepted", "Connected", "-", "-", "-")]
    [InlineData("the agent", "not_found", "not_accepted", "Connected", "-", "-", "-")]
    [InlineData("another agent", "not_found", "not_accepted", "forbidden", "forbidden", "forbidden", "-")]
    public void Connect(string caller, params string[] expected) => Check(
        expected,
        state => new ConnectAgent { ConversationId = Queued.Id, Now = Later, Caller = Callers[caller] });

    [Theory]
    [InlineData("a", 0, "not_found", "Assigned", "-", "-", "gone", "gone")]
    [InlineData("a", 3, "not_found", "agent_at_capacity", "-", "-", "gone", "gone")]
    [InlineData("b", 0, "not_found", "Assigned", "conflict", "conflict", "gone", "gone")]
    [InlineData("b", 3, "not_found", "agent_at_capacity", "conflict", "conflict", "gone", "gone")]
    public void Accept(string agent, int held, params string[] expected) => Check(
        expected,
        state => Sample.Accept(Queued.Id, agent, Later),
        new Facts(Held: held));

    [Theory]
    [InlineData("a", "not_found", "-", "Requeued", "Requeued", "-", "-")]
    [InlineData("b", "not_found", "-", "-", "-", "-", "-")]
    public void Requeue(string agent, params string[] expected) => Check(
        expected,
        state => new RequeueConversation { ConversationId = Queued.Id, Now = Later, AgentId = agent, Wait = Wait },
        new Facts(Position: 1));

    [Theory]
    [InlineData("not_found", "Closed", "Closed", "Closed", "-", "-")]
    public void End(params string[] expected) => Check(
        expected,
        state => new EndConversation { ConversationId = Queued.Id, Now = Later, Reason = "erased" });

    [Theory]
    [InlineData(29, "not_found", "-", "-", "-", "-", "-")]
    [InlineData(30, "not_found", "Closed queue_timeout", "-", "-", "-", "-")]
    [InlineData(45, "not_found", "Closed queue_timeout", "Closed inactivity", "Closed inactivity", "-", "-")]
    [InlineData(60, "not_found", "Closed queue_timeout", "Closed max_duration", "Closed max_duration", "-", "-")]
    public void Expire(int minutes, params string[] expected) => Check(
        expected,
        state => new ExpireConversation
        {
            ConversationId = Queued.Id,
            Now = Noon.AddMinutes(minutes),
            Lifetimes = new Lifetimes(TimeSpan.FromMinutes(30), TimeSpan.FromMinutes(45), TimeSpan.FromMinutes(60)),
        });

    [Fact]
    public void Nothing_runs_out_of_time_while_the_clock_is_not_to_be_trusted()
    {
        var expire = new ExpireConversation { ConversationId = Queued.Id, Now = Noon.AddYears(1), Lifetimes = default };

        Assert.All(new[] { Queued, Assigned, Connected }, state => Assert.Empty(expire.Decide(state, default).Entries));
        Assert.Null((Sample.Accept(Queued.Id, "a", Noon.AddYears(1)) with { QueueEntryTtl = null }).Decide(Queued, default).Error);
    }

    [Theory]
    [InlineData(30, "gone")]
    [InlineData(29, "M")]
    public void A_message_of_who_has_waited_too_long_is_refused(int minutes, string expected) =>
        Assert.Equal(expected, Said((Sample.Send(Queued.Id, "x") with { Now = Noon.AddMinutes(minutes) }).Decide(Queued, default)));

    [Fact]
    public void A_message_that_was_sent_before_is_heard_again_whatever_has_become_of_the_conversation()
    {
        var send = Sample.Send(Queued.Id, "x") with { Caller = Backends.Agent("a"), ClientMessageId = "k" };
        Assert.Equal(new SentMessage(ParticipantType.Agent, "a", "k"), send.Needs(Connected).Sent);
        Assert.Equal(new SentMessage(ParticipantType.Agent, "a", "k"), (send with { Caller = Backends.AnyAgent }).Needs(Connected).Sent);
        Assert.Equal(NeededFacts.None, (send with { Caller = Backends.AnyAgent }).Needs(Queued));
        var first = send.Decide(Connected, default).Message!;

        foreach (var state in new[] { Queued, Connected, Closed, Connected with { Agent = new Agent("b", null) } })
        {
            var again = send.Decide(state, new Facts(Sent: first));
            Assert.True(again.Repeated);
            Assert.Equal(first, again.Message);
            Assert.Equal(ErrorCodes.IdempotencyMismatch, (send with { Content = "y" }).Decide(state, new Facts(Sent: first)).Error?.Code);
        }
    }

    [Fact]
    public void A_start_without_a_conversation_begins_one_at_the_end_of_the_queue()
    {
        var decision = Sample.Start("f", "Jane").Decide(null, new Facts(Position: 4));

        Assert.Equal("Queued", Said(decision));
        Assert.Equal((1L, 4, 480), (decision.Conversation.LastSequence, decision.Conversation.Queue!.Position, decision.Conversation.Queue.EstimatedWaitSeconds));
    }

    [Fact]
    public void A_start_that_says_nothing_new_changes_nothing()
    {
        foreach (var state in new[] { Queued, Assigned, Connected })
        {
            var again = Sample.Start("f") with { Customer = Queued.Customer, Metadata = Queued.Metadata };
            Assert.Empty(again.Decide(state, new Facts(Position: 1)).Entries);
            Assert.Empty(Sample.Start("f").Decide(state, new Facts(Position: 1)).Entries);
        }
    }

    [Theory]
    [InlineData("Joan", null, null)]
    [InlineData(null, "999", null)]
    [InlineData(null, null, """{"order":2}""")]
    public void What_a_start_says_anew_is_taken_over_and_the_rest_stays(string? name, string? phone, string? metadata)
    {
        foreach (var state in new[] { Queued, Assigned, Connected })
        {
            var decision = (Sample.Start("f", name, phone) with { Metadata = metadata, Now = Later }).Decide(state, new Facts(Position: 1));

            Assert.Equal("CustomerUpdated", Said(decision));
            Assert.Equal(new Customer("f", name ?? "Jane", phone ?? "0123"), decision.Conversation.Customer);
            Assert.Equal(metadata ?? state.Metadata, decision.Conversation.Metadata);
            Assert.Equal((state.Status, state.LastSequence + 1), (decision.Conversation.Status, decision.Conversation.LastSequence));
        }
    }

    [Theory]
    [InlineData("an agent", null)]
    [InlineData("another agent", "b")]
    public void An_agent_that_takes_a_customer_out_of_the_queue_has_closed_it(string caller, string? participant)
    {
        var closed = new CloseConversation { ConversationId = Queued.Id, Now = Later, Caller = Callers[caller] }.Decide(Queued, default);

        Assert.Equal((ParticipantType.Agent, null), (closed.Conversation.ClosedBy, closed.Conversation.Agent));
        Assert.Equal(participant, Assert.IsType<Transition>(closed.Entries[0]).Participant?.Id);
    }

    [Fact]
    public void A_clock_that_steps_back_takes_no_log_back()
    {
        var sent = (Sample.Send(Queued.Id, "x") with { Now = Noon.AddHours(-1) }).Decide(Queued, default);

        Assert.Equal((Noon, Noon), (sent.Message!.Timestamp, sent.Conversation.UpdatedAt));
    }

    [Theory]
    [InlineData(1, 120)]
    [InlineData(15, 1800)]
    [InlineData(16, 1800)]
    public void A_wait_is_never_longer_than_an_entry_may_live(int position, int seconds) =>
        Assert.Equal(seconds, QueuePlace.At(position, Wait).EstimatedWaitSeconds);

    [Fact]
    public void Nothing_is_said_of_a_wait_while_no_agent_is_there() =>
        Assert.Null(QueuePlace.At(3, Wait with { PerPlace = null }).EstimatedWaitSeconds);

    private static void Check(string[] expected, Func<Conversation?, Command> command, Facts facts = default)
    {
        Assert.Equal(States.Count, expected.Length);
        Assert.Equal(
            States.Zip(expected, (state, said) => $"{state.Key}: {said}"),
            States.Select(state => $"{state.Key}: {Said(Decide(command(state.Value), state.Value, facts))}"));
    }

    /// <summary>Decides, and checks what holds of every decision.</summary>
    private static Decision Decide(Command command, Conversation? current, Facts facts)
    {
        var decision = command.Decide(current, facts);
        Assert.Equivalent(decision, command.Decide(current, facts));
        if (decision.Error is not null)
            return decision;

        Assert.Equal(current!.LastSequence + decision.Entries.Count, decision.Conversation.LastSequence);
        Assert.Equal(
            Enumerable.Range(1, decision.Entries.Count).Select(i => current.LastSequence + i),
            decision.Entries.Select(entry => entry.Sequence));
        Assert.Equal(decision.Conversation.IsHeld, decision.Conversation.Agent is not null && !decision.Conversation.IsClosed);
        Assert.Equal(decision.Writes, decision.Conversation with { Queue = current.Queue } != current);
        Assert.Equal(decision.Conversation with { Read = current.Read }, decision.Entries.Aggregate(current, (before, entry) => before.After(entry)));
        return decision;
    }

    private static string Said(Decision decision) => decision switch
    {
        { Error: { } error } => error.Code,
        { Entries.Count: 0, Writes: true } => $"{decision.Conversation.Read.Customer} {decision.Conversation.Read.Agent}",
        { Entries.Count: 0 } => "-",
        _ => string.Join(' ', decision.Entries.Select(entry => entry.Match(
            static _ => "M",
            static transition => transition.Conversation.ClosedBy is ParticipantType.System && transition.Reason != "erased"
                ? $"{transition.Kind} {transition.Reason}"
                : $"{transition.Kind}"))),
    };
}
