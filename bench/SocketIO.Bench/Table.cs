using System.Diagnostics;
using System.Globalization;

namespace SocketIO.Bench;

/// <summary>Runs each figure on each peer in turn, round after round, and prints the medians as a Markdown table.</summary>
internal static class Table
{
    private static readonly string Root = FindRoot();
    private static readonly string Peers = Path.Combine(Root, "bench", "peers");

    public static async Task RunAsync(Arguments arguments)
    {
        var peers = new List<Peer>();
        try
        {
            foreach (var name in arguments.Peers)
                peers.Add(await StartAsync(name));

            var duration = TimeSpan.FromSeconds(arguments.Seconds);
            var figures = new (string Name, Func<Peer, Task<(double Cost, double Rate)>> Run)[]
            {
                ("echo, 200 connections, 1 in flight", peer => Loads.EchoAsync(peer, 200, 1, duration)),
                ("echo, 50 connections, 16 in flight", peer => Loads.EchoAsync(peer, 50, 16, duration)),
                ("echo, 5,000 per second (paced)", peer => Loads.PacedEchoAsync(peer, 5000, duration)),
                ("broadcast to 1,000, per delivery", peer => Loads.BroadcastAsync(peer, 1000, duration)),
                ("broadcast to 10, per delivery", peer => Loads.BroadcastAsync(peer, 10, duration)),
                ("polling echo, 100 clients", peer => peer.Dialect.Separated ? Task.FromResult((double.NaN, double.NaN)) : Loads.PollingEchoAsync(peer, 100, duration)),
            };

            Console.WriteLine($"| µs of server CPU per operation | {string.Join(" | ", peers.Select(peer => peer.Name))} | ours / node | ours / best |");
            Console.WriteLine($"| --- |{string.Concat(peers.Select(_ => " --- |"))} --- | --- |");
            foreach (var (name, run) in figures)
            {
                if (!arguments.Wants(name))
                    continue;
                var results = peers.ToDictionary(peer => peer, _ => new List<(double Cost, double Rate)>());
                for (var round = 0; round < arguments.Rounds; round++)
                {
                    foreach (var peer in peers)
                        results[peer].Add(await run(peer));
                }

                Print(name, peers, peer => Median(results[peer].Select(result => result.Cost)), peer => $" ({Median(results[peer].Select(result => result.Rate)) / 1000:F1} k/s)");
            }

            if (arguments.Wants("idle"))
            {
                // Connects of processes that are warm, memory of processes that have done nothing else: what a heap has been through
                // before is not what a connection costs.
                var connect = new Dictionary<string, double>();
                foreach (var peer in peers)
                {
                    await Loads.IdleAsync(peer, arguments.Idle / 2, TimeSpan.Zero);
                    connect[peer.Name] = (await Loads.IdleAsync(peer, arguments.Idle / 2, TimeSpan.Zero)).Connect;
                }

                peers.ForEach(peer => peer.Dispose());
                var memory = new Dictionary<string, double>();
                for (var i = 0; i < peers.Count; i++)
                {
                    peers[i] = await StartAsync(peers[i].Name);
                    memory[peers[i].Name] = (await Loads.IdleAsync(peers[i], arguments.Idle, TimeSpan.FromSeconds(30))).Memory;
                }

                Print("connect", peers, peer => connect[peer.Name], _ => "");
                Print($"KiB per idle connection, {arguments.Idle}", peers, peer => memory[peer.Name] / 1024, _ => "");
            }
        }
        finally
        {
            peers.ForEach(peer => peer.Dispose());
        }
    }

    private static Task<Peer> StartAsync(string name) => name switch
    {
        // Without the native unmasking that uws-js-unofficial brings along and ws would pick up: socket.io does not come with it.
        "node" => Peer.StartAsync(name, Dialect.SocketIO, 4102, "node", "socketio-server.js", Peers, ("WS_NO_BUFFER_UTIL", "1")),
        "uws" => Peer.StartAsync(name, Dialect.SocketIO, 4105, "node", "socketio-uws.js", Peers),
        "bun" => Peer.StartAsync(name, Dialect.SocketIO, 4106, Path.Combine(Peers, "node_modules/@oven/bun-linux-x64/bin/bun"), "socketio-bun.js", Peers),
        "signalr" => Peer.StartAsync(name, Dialect.SignalR, 4103, Environment.ProcessPath!, "signalr", Root),
        "untuned" => Peer.StartAsync(name, Dialect.SocketIO, 4104, Environment.ProcessPath!, "server", Root, ("TUNED", "0")),
        "ours" => Peer.StartAsync(name, Dialect.SocketIO, 4101, Environment.ProcessPath!, "server", Root),
        _ => throw new ArgumentException($"There is no peer '{name}'.", nameof(name)),
    };

    private static void Print(string name, List<Peer> peers, Func<Peer, double> value, Func<Peer, string> extra)
    {
        var cells = peers.Select(peer => Cell(value(peer)) + (double.IsNaN(value(peer)) ? "" : extra(peer)));
        var ours = Lowest(["ours"]);
        var (node, best) = (Lowest(["node"]), Lowest(["node", "uws", "bun", "signalr"]));
        Console.WriteLine($"| {name} | {string.Join(" | ", cells)} | {Cell(ours / node)} | {Cell(ours / best)} |");

        double Lowest(string[] names) =>
            peers.Where(peer => names.Contains(peer.Name)).Select(value).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Min();
    }

    /// <summary>A figure with two digits, or nothing where there is none.</summary>
    private static string Cell(double figure) => double.IsNaN(figure) ? "" : figure.ToString("F2", CultureInfo.InvariantCulture);

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "LiveChat.slnx")))
            directory = directory.Parent ?? throw new UnreachableException();
        return directory.FullName;
    }
}
