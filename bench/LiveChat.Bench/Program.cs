using System.Globalization;
using LiveChat.Bench;

// dotnet run -c Release --project bench/LiveChat.Bench [-- --rounds 3 --seconds 5 --only talks|senders|cluster --peers ours,jwt,express,floor --senders 500]
//
// The whole chat beside the backend that a team would write instead (needs node, npm ci --prefix bench/peers, redis-server, and for many servers
// PostgreSQL).

if (args is ["floor"])
{
    FloorServer.Run();
    return;
}

var rounds = int.Parse(Value("--rounds") ?? "3", CultureInfo.InvariantCulture);
var duration = TimeSpan.FromSeconds(double.Parse(Value("--seconds") ?? "5", CultureInfo.InvariantCulture));
var peers = (Value("--peers") ?? "ours,express,floor").Split(',');
var only = Value("--only");

if (only is null or "talks")
{
    Console.WriteLine("50 conversations, a customer and an agent with a socket each, posting in turn; from POST to delivery on both sockets");
    Console.WriteLine();
    Console.WriteLine("| backend | messages/s | server CPU µs/message | Redis CPU µs/message | p50 ms | p99 ms |");
    Console.WriteLine("| --- | --- | --- | --- | --- | --- |");
    var measured = peers.ToDictionary(peer => peer, _ => new List<Measurement>());
    for (var round = 0; round < rounds; round++)
    {
        foreach (var peer in peers)
        {
            using var backend = peer switch
            {
                "express" => await Backend.StartExpressAsync(),
                "floor" => await Backend.StartFloorAsync(),
                "jwt" => await Backend.StartOursAsync(withTokens: true),
                _ => await Backend.StartOursAsync(),
            };
            measured[peer].Add(await Measurement.RunAsync(backend, conversations: 50, withAgent: true, duration));
        }
    }

    foreach (var peer in peers)
    {
        var m = Measurement.Median(measured[peer]);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {peer} | {m.Rate:F0} | {m.Cpu:F1} | {m.RedisCpu:F1} | {m.Half:F2} | {m.Most:F2} |"));
    }

    if (measured.TryGetValue("ours", out var ours) && measured.TryGetValue("express", out var theirs))
    {
        var (a, b) = (Measurement.Median(ours), Measurement.Median(theirs));
        Console.WriteLine();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"CPU of ours / express with Redis: {a.Cpu / (b.Cpu + b.RedisCpu):F3}"));
    }

    if (measured.TryGetValue("jwt", out var tokens) && measured.TryGetValue("ours", out var without))
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"CPU of ours with JWT / ours without authentication: {Measurement.Median(tokens).Cpu / Measurement.Median(without).Cpu:F3}"));
    Console.WriteLine();
}

if (only is null or "senders")
{
    Console.WriteLine("SQLite with synchronous=FULL, each sender in a conversation of its own, from POST to delivery on its socket");
    Console.WriteLine();
    Console.WriteLine("| senders | messages/s | CPU µs/message | p50 ms | p99 ms | fsyncs/message |");
    Console.WriteLine("| --- | --- | --- | --- | --- | --- |");
    foreach (var senders in new[] { 1, 32, 512 })
    {
        var measured = new List<Measurement>();
        for (var round = 0; round < rounds; round++)
        {
            using var backend = await Backend.StartOursAsync();
            measured.Add(await Measurement.RunAsync(backend, senders, withAgent: false, duration));
        }

        // Counted in a run of its own, which the counting slows down.
        using var traced = await Backend.StartOursAsync();
        var fsyncs = await Fsyncs.PerMessageAsync(traced, senders);
        var m = Measurement.Median(measured);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {senders} | {m.Rate:F0} | {m.Cpu:F1} | {m.Half:F2} | {m.Most:F2} | {fsyncs} |"));
    }
}

if (only is null or "cluster")
{
    var senders = int.Parse(Value("--senders") ?? "500", CultureInfo.InvariantCulture);
    Console.WriteLine($"{senders} senders on one PostgreSQL (fsync on) and one Redis, each posting to one server and hearing it on a socket of the next; from POST to delivery");
    Console.WriteLine();
    Console.WriteLine("| backend | messages/s | servers µs/message | PostgreSQL | Redis | in all | p50 ms | p99 ms | commits/message | commits/batch |");
    Console.WriteLine("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    (string Name, Func<Task<Backend>> Start)[] variants =
    [
        ("ours × 1", () => Backend.StartOursAsync(1)),
        ("ours × 2", () => Backend.StartOursAsync(2)),
        ("ours × 3", () => Backend.StartOursAsync(3)),
        ("express × 2", () => Backend.StartExpressAsync(2)),
    ];
    var measured = variants.ToDictionary(variant => variant.Name, _ => new List<Measurement>());
    for (var round = 0; round < rounds; round++)
    {
        foreach (var (name, start) in variants)
        {
            using var backend = await start();
            measured[name].Add(await Measurement.RunAsync(backend, senders, withAgent: false, duration));
        }
    }

    foreach (var (name, runs) in measured)
    {
        var m = Measurement.Median(runs);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {name} | {m.Rate:F0} | {m.Cpu:F1} | {m.PostgresCpu:F1} | {m.RedisCpu:F1} | {m.CpuInAll:F1} | {m.Half:F2} | {m.Most:F2} | {m.Commits:F3} | {m.CommitsPerBatch:F2} |"));
    }

    var (two, peer) = (Measurement.Median(measured["ours × 2"]), Measurement.Median(measured["express × 2"]));
    Console.WriteLine();
    Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"ours × 2 / express × 2: CPU in all {two.CpuInAll / peer.CpuInAll:F3}, messages/s {two.Rate / peer.Rate:F2}, p99 {two.Most / peer.Most:F3}"));
}

string? Value(string name)
{
    var at = Array.IndexOf(args, name);
    return at >= 0 && at + 1 < args.Length ? args[at + 1] : null;
}
