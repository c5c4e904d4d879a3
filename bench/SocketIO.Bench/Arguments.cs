using System.Globalization;

namespace SocketIO.Bench;

/// <summary>What to run: <c>--rounds 3 --seconds 2 --idle 10000 --only echo,broadcast --peers ours,node,uws,bun,signalr</c>.</summary>
internal sealed record Arguments(int Rounds, double Seconds, int Idle, string[] Only, string[] Peers)
{
    public static Arguments Parse(string[] args) => new(
        Rounds: int.Parse(Value(args, "--rounds") ?? "3", CultureInfo.InvariantCulture),
        Seconds: double.Parse(Value(args, "--seconds") ?? "2", CultureInfo.InvariantCulture),
        Idle: int.Parse(Value(args, "--idle") ?? "10000", CultureInfo.InvariantCulture),
        Only: Value(args, "--only")?.Split(',') ?? [],
        Peers: Value(args, "--peers")?.Split(',') ?? ["ours", "node", "uws", "bun", "signalr"]);

    public bool Wants(string figure) => Only.Length == 0 || Only.Any(part => figure.Contains(part, StringComparison.Ordinal));

    private static string? Value(string[] args, string name)
    {
        var at = Array.IndexOf(args, name);
        return at >= 0 && at + 1 < args.Length ? args[at + 1] : null;
    }
}
