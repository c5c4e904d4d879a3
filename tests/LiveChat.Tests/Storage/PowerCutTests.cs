using CsCheck;
using LiveChat.Server.Storage;
using LiveChat.Server.Storage.Core;
using LiveChat.Server.Storage.Sqlite;
using LiveChat.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace LiveChat.Tests.Storage;

/// <summary>
/// A power cut leaves at worst what the files were when the disk last had them. After one at any moment, all that was acknowledged is
/// there, and every log is what a plain list of its entries is. A failing run prints its seed.
/// </summary>
public sealed class PowerCutTests : IDisposable
{
    private const int Conversations = 3;

    /// <summary>From nothing much to more than a page, in characters of one and of three bytes.</summary>
    private static readonly Gen<string> Content = Gen.OneOf(
        Gen.Const("x"),
        Gen.Int[1, 4000].Select(n => new string('x', n)),
        Gen.Int[1, 4000].Select(n => new string('漢', n)));

    private static readonly Gen<Step> Steps = Gen.Frequency(
        (6, Gen.Select(Gen.Int[0, Conversations - 1], Content).Array[1, 60].Select(messages => new Step(messages, Accepts: null, Cuts: false))),
        (2, Gen.Select(Gen.Int[0, Conversations - 1], Content).Array[1, 3].Select(messages => new Step(messages, Accepts: null, Cuts: false))),
        (1, Gen.Int[0, Conversations - 1].Select(i => new Step([], Accepts: i, Cuts: false))),
        (2, Gen.Const(new Step([], Accepts: null, Cuts: true))));

    private readonly string _folder = Directory.CreateTempSubdirectory("livechat-power-").FullName;
    private int _runs;

    [Fact]
    public Task What_was_acknowledged_survives_whatever_the_sizes_and_whenever_it_happens() => Steps.Array[3, 25].SampleAsync(
        RunAsync,
        iter: 400,
        time: 8,
        threads: 1,
        writeLine: TestContext.Current.TestOutputHelper is { } output ? output.WriteLine : null);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task RunAsync(Step[] steps)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, $"{_runs++}")).FullName;
        var path = Path.Combine(folder, "livechat.db");
        using (var disk = new FaultyDisk(path))
        {
            using var database = SqliteDatabase.Open(disk.ConnectionString);
            var bus = new RecordingBus();
            await using var store = Open(database, bus);
            var ids = new List<Guid>();
            for (var i = 0; i < Conversations; i++)
                ids.Add((await store.StartAsync(Sample.Start($"f{i}"), CancellationToken.None)).Conversation.Id);

            var cuts = 0;
            foreach (var step in steps)
            {
                if (step.Accepts is { } accepted)
                    await store.ApplyAsync(Sample.Accept(ids[accepted], "agent"), CancellationToken.None);
                await Task.WhenAll(step.Messages.Select(m => store.ApplyAsync(Sample.Send(ids[m.Item1], m.Item2), CancellationToken.None))).Soon();
                if (step.Cuts)
                    await CheckAsync(disk.CutPower($"cut-{cuts++}"), ids, bus.Entries);
            }

            await CheckAsync(disk.CutPower("last"), ids, bus.Entries);
        }

        Directory.Delete(folder, recursive: true);
    }

    /// <summary>The survivor has what was acknowledged, and takes the next message.</summary>
    private static async Task CheckAsync(string path, List<Guid> ids, IReadOnlyList<ConversationEvent> acknowledged)
    {
        using var database = SqliteDatabase.Open($"Data Source={path}");
        await using var survivor = Open(database, new RecordingBus());
        foreach (var id in ids)
        {
            var expected = acknowledged.Where(entry => entry.ConversationId == id).ToList();
            var log = (await survivor.ReadEventsAsync(id, new LogRange(0, null, 100_000), CancellationToken.None))!.Items;

            // A filing that the cut hit is repeated; what it had committed beyond that was not acknowledged, and there is none.
            Assert.Equal(expected, log);
            var next = await survivor.ApplyAsync(Sample.Send(id, "next"), CancellationToken.None);
            Assert.Equal(expected.Count + 1, next.Message!.Sequence);
        }
    }

    private static ChatStore Open(SqliteDatabase database, RecordingBus bus) => SqliteStore.Open(
        database,
        bus,
        new StorageOptions(),
        TimeSpan.FromSeconds(5),
        NullLogger.Instance,
        new PendingLimits(Few: 1, Most: 40, Longest: TimeSpan.FromMilliseconds(1)));

    /// <param name="Messages">Sent at once, each into the conversation of this number.</param>
    /// <param name="Accepts">The conversation that an agent accepts, which has what is pending filed.</param>
    /// <param name="Cuts">Whether the power is cut.</param>
    private sealed record Step((int Conversation, string Content)[] Messages, int? Accepts, bool Cuts);
}
