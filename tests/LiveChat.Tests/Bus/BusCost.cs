using System.Diagnostics;
using LiveChat.Tests.Support;

using static LiveChat.Tests.Bus.BusSample;

namespace LiveChat.Tests.Bus;

/// <summary>
/// What a message costs that one server publishes and another receives: processor time of both, and of the engine. No test: it says figures, and
/// is run by <c>LiveChat.Tests -explicit only -class '*BusCost' -showliveoutput</c>.
/// </summary>
public sealed class BusCost(ITestOutputHelper output)
{
    private const int Conversations = 200;

    [Theory(Explicit = true)]
    [InlineData("redis", 1000, 10_000)]
    [InlineData("redis", 5000, 50_000)]
    [InlineData("postgres", 1000, 10_000)]
    [InlineData("postgres", 5000, 50_000)]
    public async Task Of_a_message(string name, int perSecond, int messages)
    {
        await using var engine = name == "redis" ? await RedisBusEngine.StartAsync() : await PostgresBusEngine.StartAsync();
        await using var one = await NodeAsync(engine);
        await using var two = await NodeAsync(engine);
        await Waiting.Until(() => one.Bus.IsUp && two.Bus.IsUp);
        Guid[] ids = [.. Enumerable.Range(0, Conversations).Select(_ => Guid.NewGuid())];
        foreach (var id in ids)
            await two.FollowAsync(id);
        await PublishAsync(one, ids, perSecond, perSecond);
        await Waiting.Until(() => two.EntryCount >= perSecond);
        var (entries, missed) = (two.EntryCount, two.Missed);

        var idle = await IdleAsync(engine);
        var (before, engineBefore, watch) = (Environment.CpuUsage.TotalTime, engine.Cpu, Stopwatch.StartNew());
        await PublishAsync(one, ids, messages, perSecond);
        await Waiting.Until(() => two.EntryCount >= entries + messages || two.Missed > missed);
        var seconds = watch.Elapsed.TotalSeconds;
        var servers = (Environment.CpuUsage.TotalTime - before).TotalMicroseconds;
        var engines = (engine.Cpu - engineBefore).TotalMicroseconds;

        output.WriteLine(string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"{name}: {messages / seconds:0}/s, {servers / messages:0.0} us of both servers, {engines / messages:0.0} us of the engine a message; " +
            $"idle {idle.Servers:0.0} and {idle.Engine:0.0} ms a second; received {two.EntryCount - entries}, missed {two.Missed - missed}"));
    }

    private static Task<BusNode> NodeAsync(IBusEngine engine) => BusNode.StartAsync(metrics => (engine.Connect(metrics, "cost"), null));

    private static async Task PublishAsync(BusNode node, Guid[] ids, int messages, int perSecond)
    {
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < messages;)
        {
            for (var due = Math.Min(messages, watch.Elapsed.TotalSeconds * perSecond); i < due; i++)
                node.Bus.Publish([Message(ids[i % ids.Length], i, "a message of an ordinary length, of which there are very many")]);
            await Task.Delay(1, CancellationToken.None);
        }
    }

    private static async Task<(double Servers, double Engine)> IdleAsync(IBusEngine engine)
    {
        var (servers, engines) = (Environment.CpuUsage.TotalTime, engine.Cpu);
        await Task.Delay(3000, CancellationToken.None);
        return ((Environment.CpuUsage.TotalTime - servers).TotalMilliseconds / 3, (engine.Cpu - engines).TotalMilliseconds / 3);
    }
}
