using System.Diagnostics;
using System.Globalization;

namespace LiveChat.Bench;

/// <summary>Counts how often a server waits for its disk, with strace (Debian's package of that name).</summary>
internal static class Fsyncs
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(3);

    /// <summary>How many for each acknowledged message; a dash where strace is missing.</summary>
    public static async Task<string> PerMessageAsync(Backend backend, int senders)
    {
        if (!File.Exists("/usr/bin/strace"))
            return "–";

        var results = new Results();
        var talks = new List<Talk>();
        for (var i = 0; i < senders; i++)
            talks.Add(await Talk.StartAsync(backend, results, withAgent: false));
        talks.ForEach(talk => talk.Begin());

        var output = Path.Combine(backend.Folder, "strace");
        using var strace = Process.Start("/usr/bin/strace", $"-f -qq -e trace=fsync,fdatasync -o {output} -p {backend.Server.Id}");
        while (!File.Exists(output) || new FileInfo(output).Length == 0)
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        var (messages, syncs) = (results.Count, Lines(output));
        await Task.Delay(Duration, TimeProvider.System);
        var (sent, synced) = (results.Count - messages, Lines(output) - syncs);
        results.Stop();
        strace.Kill();
        await strace.WaitForExitAsync();
        talks.ForEach(talk => talk.Dispose());
        return (synced / (double)sent).ToString("F3", CultureInfo.InvariantCulture);
    }

    /// <summary>Calls, of which an interrupted one has a second line for its end.</summary>
    private static int Lines(string path) => File.ReadLines(path).Count(line => !line.Contains("resumed", StringComparison.Ordinal));
}
