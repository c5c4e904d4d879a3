using System.Diagnostics;
using CsCheck;
using LiveChat.Server.Realtime.Bus;

namespace LiveChat.Tests.Bus;

/// <summary>What travels between servers arrives as it was, and what no server of this version wrote harms nobody.</summary>
public sealed class BusCodecTests
{
    private const ulong Sender = 0x0123456789abcdef;

    private static readonly Gen<DateTimeOffset> Time = Gen.Long[0, DateTimeOffset.MaxValue.UtcTicks].Select(ticks => new DateTimeOffset(ticks, TimeSpan.Zero));

    private static readonly Gen<Participant> Participant = Gen.Select(
        Text(Limits.Id), Gen.Enum<ParticipantType>(), Text(Limits.DisplayName).Null(), (id, type, name) => new Participant(id, type, name));

    private static readonly Gen<Conversation> Conversation = Gen.Select(
        Gen.Select(Gen.Guid, Gen.Enum<ConversationStatus>(), Text(Limits.Channel), Gen.Select(Text(Limits.Id), Text(200).Null(), Text(200).Null())),
        Gen.Select(Text(4096).Null(), Gen.Guid.Nullable(), Text(100).Null(), Gen.Select(Text(200).Null(), Text(200).Null())),
        Gen.Select(Gen.Int[0, int.MaxValue].Nullable(), Gen.Int[0, int.MaxValue].Nullable(), Gen.Long[0, long.MaxValue], Gen.Enum<ParticipantType>().Nullable()),
        Gen.Select(Text(Limits.Reason).Null(), Gen.Select(Time, Time, Time), Time.Nullable(), Time.Nullable()),
        (a, b, c, d) => new Conversation
        {
            Id = a.Item1,
            Status = a.Item2,
            Channel = a.Item3,
            Customer = new Customer(a.Item4.Item1, a.Item4.Item2, a.Item4.Item3),
            Metadata = b.Item1,
            Chain = b.Item2,
            StartKey = b.Item3,
            Agent = b.Item4.Item1 is { } agent ? new Agent(agent, b.Item4.Item2) : null,
            Queue = c.Item1 is { } position ? new QueuePlace(position, c.Item2) : null,
            LastSequence = c.Item3,
            ClosedBy = c.Item4,
            CloseReason = d.Item1,
            CreatedAt = d.Item2.Item1,
            UpdatedAt = d.Item2.Item2,
            QueuedAt = d.Item2.Item3,
            AcceptedAt = d.Item3,
            ClosedAt = d.Item4,
        });

    private static readonly Gen<ConversationEvent> Message = Gen.Select(
        Gen.Select(Gen.Guid, Gen.Long[0, long.MaxValue], Time, Gen.Guid),
        Gen.Select(Participant, Text(4000), Text(4096).Null(), Text(Limits.ClientMessageId).Null()),
        (a, b) => (ConversationEvent)new Message
        {
            ConversationId = a.Item1,
            Sequence = a.Item2,
            Timestamp = a.Item3,
            Id = a.Item4,
            Sender = b.Item1,
            Content = b.Item2,
            Metadata = b.Item3,
            ClientMessageId = b.Item4,
        });

    private static readonly Gen<ConversationEvent> Transition = Gen.Select(
        Gen.Select(Gen.Guid, Gen.Long[0, long.MaxValue], Time, Gen.Enum<TransitionKind>()),
        Participant.Null(), Text(Limits.Reason).Null(), Conversation,
        (a, participant, reason, conversation) => (ConversationEvent)new Transition
        {
            ConversationId = a.Item1,
            Sequence = a.Item2,
            Timestamp = a.Item3,
            Kind = a.Item4,
            Participant = participant,
            Reason = reason,
            Conversation = conversation,
        });

    private static readonly Gen<ConversationEvent> Entry = Gen.OneOf(Message, Transition);

    private static readonly Gen<Signal> Signal = Gen.OneOf(
        Gen.Select(Gen.Guid, Participant, Gen.Bool, Time, (id, who, is_, at) => (Signal)new PresenceChange(id, who, is_, at)),
        Gen.Select(Gen.Guid, Participant, Gen.Long[0, long.MaxValue], Time, (id, who, sequence, at) => (Signal)new ReadChange(id, who, sequence, at)),
        Gen.Select(Gen.Guid, Participant, Gen.Bool, Time, Time.Nullable(), Text(100), (id, who, is_, at, until, origin) => (Signal)new TypingChange(id, who, is_, at, until, origin)));

    [Fact]
    public void Entries_and_signals_arrive_as_they_were_in_their_order() =>
        Gen.Select(Entry.List[0, 5], Signal.List[0, 5]).Sample((entries, signals) =>
        {
            var frame = BusCodec.Frame(Sender, [.. entries.Select(BusCodec.Encode), .. signals.Select(BusCodec.Encode)]);

            Assert.Equal(Sender, BusCodec.SenderOf(frame));
            var read = Read(frame);
            Assert.Equal(entries, read.Entries);
            Assert.Equal(signals, read.Signals);
            Assert.Equal((false, false, 0), (read.HasMissed, read.IsCutOff, read.Skipped));
        });

    [Fact]
    public void Notices_arrive()
    {
        Assert.True(Read(BusCodec.Frame(Sender, BusItem.Missed)).HasMissed);
        Assert.True(Read(BusCodec.Frame(Sender, BusItem.CutOff)).IsCutOff);
    }

    [Fact]
    public void Of_conversations_that_nobody_here_is_in_only_transitions_are_read() =>
        Gen.Select(Message, Transition, Signal).Sample((message, transition, signal) =>
        {
            var frame = BusCodec.Frame(Sender, BusCodec.Encode(message), BusCodec.Encode(transition), BusCodec.Encode(signal));

            var read = BusCodec.Read(frame, _ => false)!;

            Assert.Equal([transition], read.Entries);
            Assert.Empty(read.Signals);
        });

    [Fact]
    public void The_trace_of_an_entry_goes_on()
    {
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == ChatTraces.Name,
            Sample = static (ref _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(listener);
        var entry = Entry.Single();
        var append = new ActivityContext(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded, "vendor=1");
        ChatTraces.Note(entry, append);

        var read = Assert.Single(Read(BusCodec.Frame(Sender, BusCodec.Encode(entry))).Entries);

        using var emit = ChatTraces.Emit(read);
        Assert.Equal((append.TraceId, append.SpanId, "vendor=1"), (emit!.TraceId, emit.ParentSpanId, emit.TraceStateString));
        Assert.True(emit.HasRemoteParent);
    }

    [Fact]
    public void A_frame_that_is_cut_off_anywhere_is_dropped_or_holds_whole_items_only() =>
        Gen.Select(Entry, Signal).Sample((entry, signal) =>
        {
            var first = BusCodec.Encode(entry);
            var frame = BusCodec.Frame(Sender, first, BusCodec.Encode(signal));
            for (var length = 0; length < frame.Length; length++)
            {
                var read = BusCodec.Read(frame.AsSpan(0, length), _ => true);

                // Between two items a frame may end.
                if (length == BusCodec.HeaderSize)
                    Assert.Empty(read!.Entries);
                else if (length == BusCodec.HeaderSize + BusCodec.SizeOf(first))
                    Assert.Equal([entry], read!.Entries);
                else
                    Assert.Null(read);
            }
        },
        iter: 20);

    [Fact]
    public void Bytes_of_anybody_else_harm_nobody() =>
        Gen.Select(Entry, Gen.Byte.Array[0, 200], Gen.Select(Gen.Int[0, int.MaxValue], Gen.Byte).List[1, 4]).Sample((entry, noise, changes) =>
        {
            _ = BusCodec.Read(noise, _ => true);
            _ = BusCodec.Read([BusCodec.Version, .. new byte[8], .. noise], _ => true);
            var frame = BusCodec.Frame(Sender, BusCodec.Encode(entry));
            foreach (var (at, value) in changes)
                frame[at % frame.Length] = value;
            _ = BusCodec.Read(frame, _ => true);
        },
        iter: 20_000);

    [Fact]
    public void A_frame_that_is_too_large_is_dropped()
    {
        Assert.Null(BusCodec.Read(new byte[BusCodec.MaxFrameSize + 1], _ => true));
        Assert.Null(BusCodec.SenderOf(new byte[BusCodec.MaxFrameSize + 1]));
    }

    [Fact]
    public void Kinds_values_and_fields_of_a_newer_version_are_passed_over() =>
        Gen.Select(Message, Transition, Signal, Gen.Byte.Array[1, 100]).Sample((message, transition, signal, more) =>
        {
            var (first, second, third) = (Grown(BusCodec.Encode(message)), Grown(BusCodec.Encode(transition)), Grown(BusCodec.Encode(signal)));
            var ofNewValue = BusCodec.Encode(transition);

            // The kind of a transition is behind the conversation, the sequence and the time.
            var reader = new BusReader(ofNewValue.Body);
            reader.Id();
            reader.Number();
            reader.Time();
            ofNewValue.Body[^reader.Left] = 200;
            var frame = BusCodec.Frame(Sender, first, new BusItem((BusKind)200, Guid.Empty, more), second, ofNewValue, third);
            frame[0] = BusCodec.Version + 1;

            var read = Read(frame);

            Assert.Equal([message, transition], read.Entries);
            Assert.Equal([signal], read.Signals);
            Assert.Equal(2, read.Skipped);

            BusItem Grown(BusItem item) => item with { Body = [.. item.Body, .. more] };
        });

    [Fact]
    public void A_conversation_may_grow_fields_that_this_version_passes_over() => Conversation.Sample(conversation =>
    {
        var bytes = ConversationCodec.Write(new BusWriter(), conversation);

        Assert.Equal(conversation, ConversationCodec.Read(new BusReader([.. bytes, 1, 2, 3])));
    });

    private static BusFrame Read(byte[] frame)
    {
        var read = BusCodec.Read(frame, _ => true);
        Assert.NotNull(read);
        return read;
    }

    /// <summary>Of any script, in UTF-16 code units that are whole characters.</summary>
    private static Gen<string> Text(int longest) => Gen.OneOf(
        Gen.Char['\u0001', '\ud7ff'].Array[0, Math.Min(longest, 60)].Select(chars => new string(chars)),
        Gen.Int[0, longest].Select(length => new string('€', length)),
        Gen.Int[0, longest / 2].Select(count => string.Concat(Enumerable.Repeat("😀", Math.Min(count, 100)))));
}
