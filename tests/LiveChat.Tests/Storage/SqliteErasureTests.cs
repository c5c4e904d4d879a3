using System.Text;
using LiveChat.Tests.Support;
using Microsoft.Data.Sqlite;

namespace LiveChat.Tests.Storage;

/// <summary>What is erased is gone from the disk too, while the server runs.</summary>
public sealed class SqliteErasureTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("livechat-erase-").FullName;

    [Theory]
    [InlineData("Chat:Storage:CompactLimit=67108864")]
    [InlineData("Chat:Storage:CompactLimit=0")]
    public async Task The_files_do_not_hold_what_was_erased(string limit)
    {
        await using var server = await RunningServer.StartInAsync(_folder, null, limit);

        // Many people between each other, so that pages and indexes are split and cells are moved about.
        var random = new Random(1);
        var people = Enumerable.Range(0, 150).Select(i => $"person-{random.Next():x8}{random.Next():x8}-{i}-").ToList();
        var conversations = new Dictionary<string, string>();
        foreach (var person in people)
        {
            conversations[person] = (await server.Rest.PostAsync(
                "/api/customer/sessions",
                new { fingerprint = person + "id", displayName = person + "name", contact = person + "contact", metadata = new { of = person + "meta" } }))
                .Must(200).Text("conversationId");
        }

        await Task.WhenAll(people.Select(async person =>
        {
            var id = conversations[person];
            for (var i = 0; i < 12; i++)
            {
                (await server.Rest.PostAsync($"/api/customer/conversations/{id}/messages", new
                {
                    content = person + new string('x', i * 70),
                    metadata = new { of = person },
                    clientMessageId = $"{person}{i}",
                })).Must(201);
            }
        })).Soon();
        // Accepted and closed ones grow, which moves their neighbours.
        foreach (var (person, i) in people.Select((person, i) => (person, i)).Where(p => p.i % 2 == 0))
        {
            (await server.Rest.AcceptAsync(conversations[person], new string('a', 100) + i)).Must(200);
            (await server.Rest.PostAsync($"/api/customer/conversations/{conversations[person]}/close", new { reason = person + "reason" })).Must(200);
        }

        Assert.Contains(people[0], Files(), StringComparison.Ordinal);

        foreach (var person in people.Where((_, i) => i % 3 == 0))
            (await server.Rest.SendAsync(HttpMethod.Delete, $"/api/admin/customers/{person}id", null)).Must(200);

        var files = Files();
        Assert.All(people.Where((_, i) => i % 3 == 0), person => Assert.DoesNotContain(person, files, StringComparison.Ordinal));
        Assert.All(people.Where((_, i) => i % 3 != 0), person => Assert.Contains(person, files, StringComparison.Ordinal));
    }

    /// <summary>The file is written behind SQLite's back while SQLite writes to it: what one does must not undo what the other did.</summary>
    [Fact]
    public async Task What_others_write_while_unused_parts_of_the_file_are_overwritten_is_whole()
    {
        const int People = 40;
        var people = Enumerable.Range(0, People).Select(i => $"person-{i:d3}-").ToList();
        var sent = people.Select(_ => new List<string>()).ToList();
        await using (var server = await RunningServer.StartInAsync(_folder, null, "Chat:Storage:CompactLimit=0"))
        {
            var ids = await Task.WhenAll(people.Select(person => server.Rest.StartAsync(person + "id", person + "name"))).Soon();
            using var stop = new CancellationTokenSource();
            var senders = Enumerable.Range(0, People).Where(i => i % 4 != 0).Select(async i =>
            {
                do
                    await SendAsync(server, ids[i], people[i], sent[i]);
                while (!stop.IsCancellationRequested);
            }).ToList();
            for (var i = 0; i < People; i += 4)
            {
                await SendAsync(server, ids[i], people[i], sent[i]);
                (await server.Rest.SendAsync(HttpMethod.Delete, $"/api/admin/customers/{people[i]}id", null)).Must(200);
            }

            await stop.CancelAsync();
            await Task.WhenAll(senders).Soon();
            for (var i = 0; i < People; i++)
            {
                var stored = (await server.Rest.EventsAsync(ids[i])).Select(e => e.GetProperty("payload")).Where(p => p.TryGetProperty("message", out _))
                    .Select(p => p.GetProperty("message").GetProperty("content").GetString()!);
                Assert.Equal(i % 4 == 0 ? [""] : sent[i], stored);
            }
        }

        await using (var connection = Open())
            Assert.Equal("ok", Execute(connection, "PRAGMA integrity_check"));
        var files = Files();
        Assert.All(Enumerable.Range(0, People), i => Assert.Equal(i % 4 != 0, files.Contains(people[i], StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("Chat:Storage:CompactLimit=67108864")]
    [InlineData("Chat:Storage:CompactLimit=0")]
    public async Task What_a_reader_keeps_in_the_files_is_said_with_503_and_goes_with_the_next_call(string limit)
    {
        await using var server = await RunningServer.StartInAsync(_folder, null, limit);
        var id = await server.Rest.StartAsync("f");
        (await server.Rest.CustomerSendAsync(id, "what-was-written")).Must(201);
        await using var reader = Open();
        Execute(reader, "BEGIN; SELECT count(*) FROM conversation");

        (await server.Rest.SendAsync(HttpMethod.Delete, "/api/admin/customers/f", null)).MustFail(503, "unavailable");

        Assert.Equal("", (await server.Rest.GetAsync($"/api/customer/conversations/{id}/messages")).Must(200).Json[0].GetProperty("content").GetString());
        Assert.Contains("what-was-written", Files(), StringComparison.Ordinal);
        (await server.Rest.PostAsync("/api/customer/sessions", new { fingerprint = "another" })).Must(200);

        Execute(reader, "ROLLBACK");
        var again = (await server.Rest.SendAsync(HttpMethod.Delete, "/api/admin/customers/f", null)).Must(200);
        Assert.Equal(0, again.Json.GetProperty("conversations").GetInt32());
        Assert.DoesNotContain("what-was-written", Files(), StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection($"Data Source={Path.Combine(_folder, "livechat.db")};Pooling=False");
        connection.Open();
        return connection;
    }

    private static object? Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    private static async Task SendAsync(RunningServer server, string id, string person, List<string> sent)
    {
        var content = $"{person}{sent.Count}{new string('x', 100 * (sent.Count % 5))}";
        (await server.Rest.CustomerSendAsync(id, content, $"{person}{sent.Count}")).Must(201);
        sent.Add(content);
    }

    private string Files()
    {
        var text = new StringBuilder();
        foreach (var path in Directory.GetFiles(_folder).Where(path => !path.EndsWith(".lock", StringComparison.Ordinal)))
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(file, Encoding.Latin1);
            text.Append(reader.ReadToEnd());
        }

        return text.ToString();
    }
}
