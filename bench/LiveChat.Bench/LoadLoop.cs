using System.Collections.Concurrent;
using System.Net.Sockets;
using EngineIO.Epoll;
using Microsoft.Win32.SafeHandles;

namespace LiveChat.Bench;

/// <summary>
/// One thread that reads all connections of a load over one epoll: what the load costs is taken from the processors that what it
/// measures runs on, so it is to cost little.
/// </summary>
internal sealed class LoadLoop
{
    private static ulong _newest;

    private readonly SafeFileHandle _epoll = Libc.EpollCreate();
    private readonly ConcurrentDictionary<ulong, Line> _lines = [];

    private LoadLoop()
    {
    }

    public static ulong NewNumber() => Interlocked.Increment(ref _newest);

    public static LoadLoop Start()
    {
        var loop = new LoadLoop();
        new Thread(loop.Run) { IsBackground = true, Name = "load" }.Start();
        return loop;
    }

    public void Add(Line line, SafeSocketHandle socket)
    {
        _lines[line.Number] = line;
        Libc.Control(_epoll, Libc.Change.Add, socket, Libc.Events.Readable, line.Number);
    }

    public void Remove(Line line) => _lines.TryRemove(line.Number, out _);

    private void Run()
    {
        Span<byte> events = stackalloc byte[256 * 16];
        while (true)
        {
            var count = Libc.Wait(_epoll, events, sleep: true);
            for (var i = 0; i < count; i++)
            {
                if (_lines.TryGetValue(Libc.Read(events, i).Data, out var line) && !line.Receive())
                    line.Dispose();
            }
        }
    }
}
