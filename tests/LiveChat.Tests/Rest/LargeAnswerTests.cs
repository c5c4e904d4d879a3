using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using LiveChat.Tests.Support;

namespace LiveChat.Tests.Rest;

/// <summary>Answers of megabytes: whole, in pieces, and not held for whoever does not read them.</summary>
public sealed class LargeAnswerTests : IDisposable
{
    private const int Messages = 500;

    /// <summary>Bytes; the text of one page alone is 4 MB in memory.</summary>
    private const int HeapLimit = 160_000_000;

    private const int SlowCallers = 80;

    private static readonly string Long = new('漢', 4000);

    private readonly string _folder = Directory.CreateTempSubdirectory("livechat-large-").FullName;

    [Fact]
    public async Task A_large_page_comes_in_pieces_and_is_the_same_JSON()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await FillAsync(server.Rest, 120);

        foreach (var path in new[] { "messages?limit=100", "events?limit=100", "messages?limit=100&after=3&before=90", "events?after=50" })
        {
            var answer = await RawHttp.AskAsync(server.RestAddress, Request($"/api/customer/conversations/{id}/{path}"));
            var (body, largest) = Chunks(answer);

            Assert.InRange(largest, 1, 64 * 1024);
            var sequences = JsonDocument.Parse(body).RootElement.EnumerateArray().Select(e => e.GetProperty("sequence").GetInt64()).ToList();
            Assert.Equal(Expected(path), sequences);
            Assert.Equal(path.StartsWith("events", StringComparison.Ordinal), body.Contains("\"event\"", StringComparison.Ordinal));
            Assert.Contains(Long, body, StringComparison.Ordinal);
        }

        var export = Chunks(await RawHttp.AskAsync(server.RestAddress, Request("/api/admin/customers/f/export")));
        Assert.InRange(export.Largest, 1, 64 * 1024);
        Assert.Equal(121, JsonDocument.Parse(export.Body).RootElement.GetProperty("conversations")[0].GetProperty("events").GetArrayLength());
    }

    [Fact]
    public async Task A_small_page_has_its_length()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");
        (await server.Rest.CustomerSendAsync(id, "hello")).Must(201);

        foreach (var path in new[] { $"/api/customer/conversations/{id}/messages", "/api/agent/queue", "/api/agent/conversations" })
        {
            var answer = await RawHttp.AskAsync(server.RestAddress, Request(path));
            Assert.Equal(answer.Headers["Content-Length"], $"{answer.Bytes.Length}");
        }
    }

    /// <summary>The process has a heap that cannot hold what is asked of it at once.</summary>
    [Fact]
    public async Task Many_who_do_not_read_what_they_ask_for_do_not_end_the_process()
    {
        using var server = await ServerProcess.StartAsync(
            _folder, new Dictionary<string, string> { ["DOTNET_GCHeapHardLimit"] = $"{HeapLimit:x}" });
        var id = await FillAsync(server.Rest, Messages);
        var slow = new List<Socket>();
        try
        {
            for (var i = 0; i < SlowCallers; i++)
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
                slow.Add(socket);
                await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, server.RestAddress.Port), TestContext.Current.CancellationToken).AsTask().Soon();
                await socket.SendAsync(Request($"/api/customer/conversations/{id}/messages?limit={Messages}"), TestContext.Current.CancellationToken).AsTask().Soon();
            }

            // Each has begun to be answered, so each page has been read.
            foreach (var socket in slow)
                Assert.Equal(12, await socket.ReceiveAsync(new byte[12], TestContext.Current.CancellationToken).AsTask().Soon());
            (await server.Rest.GetAsync("/actuator/health")).Must(200);
            (await server.Rest.CustomerSendAsync(id, "still there")).Must(201);
        }
        finally
        {
            slow.ForEach(socket => socket.Dispose());
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static async Task<string> FillAsync(RestClient rest, int messages)
    {
        var id = await rest.StartAsync("f");
        foreach (var batch in Enumerable.Range(0, messages).Chunk(50))
            Assert.All(await Task.WhenAll(batch.Select(_ => rest.CustomerSendAsync(id, Long))).Soon(), answer => answer.Must(201));
        return id;
    }

    /// <summary>The first entry is the one that began the conversation, and the messages follow it.</summary>
    private static IEnumerable<long> Expected(string path) => path switch
    {
        "messages?limit=100" => Range(22, 121),
        "events?limit=100" => Range(1, 100),
        "events?after=50" => Range(51, 121),
        _ => Range(4, 89),
    };

    private static IEnumerable<long> Range(long from, long to) => Enumerable.Range((int)from, (int)(to - from + 1)).Select(i => (long)i);

    private static byte[] Request(string path) => Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

    /// <summary>Takes the chunked transfer coding off, and gives the bytes of the largest chunk.</summary>
    private static (string Body, int Largest) Chunks(RawHttp answer)
    {
        var bytes = answer.Bytes.Span;
        using var body = new MemoryStream();
        var largest = 0;
        while (true)
        {
            var line = bytes.IndexOf("\r\n"u8);
            var length = Convert.ToInt32(Encoding.ASCII.GetString(bytes[..line]), 16);
            if (length == 0)
                return (Encoding.UTF8.GetString(body.ToArray()), largest);

            body.Write(bytes.Slice(line + 2, length));
            bytes = bytes[(line + 2 + length + 2)..];
            largest = Math.Max(largest, length);
        }
    }
}
