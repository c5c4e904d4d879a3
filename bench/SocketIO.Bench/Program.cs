// npm ci --prefix bench/peers                                     once, for the peers; no install script runs
// dotnet run -c Release --project bench/SocketIO.Bench            the whole table, beside the peers
//   -- --rounds 3 --seconds 2 --idle 10000 --only echo,broadcast --peers ours,node,uws,bun,signalr     a part of it, or longer
// dotnet run -c Release --project bench/SocketIO.Bench -- server  this library's server alone, port from PORT
// dotnet run -c Release --project bench/SocketIO.Bench -- signalr the SignalR peer alone, port from PORT
//
// The peers: node is socket.io on node, uws on uWebSockets.js, bun on Bun, signalr is SignalR, which has no polling figure; untuned is
// this library over Kestrel's own sockets. uws needs Node 20, for which its package carries the binary; bun's comes from its package for
// Linux on x64. Elsewhere leave them out with --peers. "ours / best" compares with the lowest of the peers that were measured.
using SocketIO.Bench;

switch (args.FirstOrDefault())
{
    case "server":
        OwnServer.Run();
        break;
    case "signalr":
        SignalRServer.Run();
        break;
    default:
        await Table.RunAsync(Arguments.Parse(args));
        break;
}
