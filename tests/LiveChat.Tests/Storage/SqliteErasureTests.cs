using System.Text;
using LiveChat.Server.Storage.Sqlite;
using LiveChat.Tests.Support;
using Microsoft.Data.Sqlite;

namespace LiveChat.Tests.Storage;

/// <summary>What is erased is gone from the disk too, while the server runs.</summary>
public sealed class SqliteErasureTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("livechat-erase-").FullName;

    [Fact]
    public async Task After_a_compaction_the_files_do_not_hold_what_was_erased()
    {
        await using var server = await RunningServer.StartInAsync(_folder, null);

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

        await SqliteCompaction.RunAsync(ConnectionString);

        var files = Files();
        Assert.All(people.Where((_, i) => i % 3 == 0), person => Assert.DoesNotContain(person, files, StringComparison.Ordinal));
        Assert.All(people.Where((_, i) => i % 3 != 0), person => Assert.Contains(person, files, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_goes_on_while_its_database_is_compacted_and_after()
    {
        await using var server = await RunningServer.StartInAsync(_folder, null);
        var ids = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => server.Rest.StartAsync($"f{i}"))).Soon();
        var sent = ids.Select(_ => new List<string>()).ToList();
        using var stop = new CancellationTokenSource();
        var senders = ids.Select((id, i) => Task.Run(async () =>
        {
            do
                await SendAsync(server, id, $"person-{i}-", sent[i]);
            while (!stop.IsCancellationRequested);
        })).ToList();

        for (var i = 0; i < 3; i++)
            await SqliteCompaction.RunAsync(ConnectionString).Soon();
        await stop.CancelAsync();
        await Task.WhenAll(senders).Soon();

        for (var i = 0; i < ids.Length; i++)
        {
            var stored = (await server.Rest.EventsAsync(ids[i])).Select(e => e.GetProperty("payload")).Where(p => p.TryGetProperty("message", out _))
                .Select(p => p.GetProperty("message").GetProperty("content").GetString()!);
            Assert.Equal(sent[i], stored);
        }

        await using var connection = Open();
        Assert.Equal("ok", Execute(connection, "PRAGMA integrity_check"));
    }

    [Fact]
    public async Task What_was_erased_is_not_in_the_write_ahead_log_once_readers_are_gone()
    {
        await using var server = await RunningServer.StartInAsync(_folder, null);
        var id = await server.Rest.StartAsync("f");
        (await server.Rest.CustomerSendAsync(id, "what-was-written")).Must(201);
        await using var reader = Open();
        Execute(reader, "BEGIN; SELECT count(*) FROM conversation");

        (await server.Rest.SendAsync(HttpMethod.Delete, "/api/admin/customers/f", null)).Must(200);

        Assert.Equal("", (await server.Rest.GetAsync($"/api/customer/conversations/{id}/messages")).Must(200).Json[0].GetProperty("content").GetString());
        Assert.Contains("what-was-written", Files(), StringComparison.Ordinal);

        Execute(reader, "ROLLBACK");
        await Waiting.Until(() => !Files().Contains("what-was-written", StringComparison.Ordinal));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string ConnectionString => $"Data Source={Path.Combine(_folder, "livechat.db")}";

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection(ConnectionString + ";Pooling=False");
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
