// dotnet run -c Release --project bench/SocketIO.Bench            the whole table, beside the peers (needs node and npm)
// dotnet run -c Release --project bench/SocketIO.Bench -- server  this library's server alone, port from PORT
// dotnet run -c Release --project bench/SocketIO.Bench -- signalr the SignalR peer alone, port from PORT
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
