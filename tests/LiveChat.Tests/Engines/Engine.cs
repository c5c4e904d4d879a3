using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace LiveChat.Tests.Engines;

/// <summary>Real engines that tests start: in CI one that is missing fails its test, elsewhere the test is skipped.</summary>
internal static class Engine
{
    private static readonly Lock Gate = new();
    private static readonly HashSet<int> Given = [];

    private static string[] Places =>
    [
        .. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator),
        "/usr/sbin",
        .. Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").OrderDescending().Select(version => Path.Combine(version, "bin"))
            : [],
    ];

    /// <summary>Where the program is.</summary>
    public static string Find(string program)
    {
        var path = Places.Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
        if (path is null)
        {
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") is not null, $"{program} is not installed.");
            Assert.Fail($"{program} is not installed.");
        }

        return path;
    }

    /// <summary>A port below those that outgoing connections take, which may be taken between the choice and the use.</summary>
    public static int FreePort()
    {
        lock (Gate)
        {
            while (true)
            {
                var port = Random.Shared.Next(12_000, 22_000);
                if (!Given.Add(port))
                    continue;
                using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                try
                {
                    socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                    return port;
                }
                catch (SocketException)
                {
                    // Somebody else's.
                }
            }
        }
    }

    /// <summary>
    /// Starts a program that ends with this process, however this one ends: a shell beside it reads what this process never writes. As
    /// <paramref name="user"/> where this is root and the program does not like that.
    /// </summary>
    public static Process Start(string? user, string program, params string[] arguments)
    {
        const string Guard = "\"$0\" \"$@\" & child=$!; trap 'kill -QUIT $child 2>/dev/null' EXIT; (while kill -0 $child 2>/dev/null; do sleep 1; done; kill $$ 2>/dev/null) & cat >/dev/null; kill -QUIT $child 2>/dev/null; wait $child";
        var start = new ProcessStartInfo("sh") { WorkingDirectory = "/", RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        string[] command = ["-c", Guard, program, .. arguments];
        if (user is not null && Environment.UserName == "root")
        {
            start.FileName = "setpriv";
            command = [$"--reuid={user}", $"--regid={user}", "--init-groups", "sh", .. command];
        }

        foreach (var argument in command)
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }
}
