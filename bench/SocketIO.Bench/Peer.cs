namespace SocketIO.Bench;

/// <summary>One of the servers that are measured side by side.</summary>
internal sealed record Peer(string Name, Dialect Dialect, int Port, ServerProcess Process) : IDisposable
{
    public double Cpu => Process.Cpu;

    public double Memory => Process.Memory;

    public static async Task<Peer> StartAsync(
        string name, Dialect dialect, int port, string program, string arguments, string directory, params (string Name, string Value)[] environment) =>
        new(name, dialect, port, await ServerProcess.StartAsync(port, program, arguments, directory, environment));

    public void Dispose() => Process.Dispose();
}
