using System.Text;
using LiveChat.Tests.Support;
using Microsoft.Extensions.Logging;

namespace LiveChat.Tests.Storage;

/// <summary>What is erased is gone from the disk too, while the server runs.</summary>
public sealed class SqliteErasureTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("livechat-erase-").FullName;

    [Fact]
    public async Task The_files_do_not_hold_what_was_erased()
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

        var files = Files();
        Assert.All(people.Where((_, i) => i % 3 == 0), person => Assert.DoesNotContain(person, files, StringComparison.Ordinal));
        Assert.All(people.Where((_, i) => i % 3 != 0), person => Assert.Contains(person, files, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_database_too_large_to_rewrite_keeps_serving_and_the_operator_is_told()
    {
        await using var server = await RunningServer.StartInAsync(_folder, null, "Chat:Storage:CompactLimit=0");
        var id = await server.Rest.StartAsync("f");
        (await server.Rest.CustomerSendAsync(id, "what-was-written")).Must(201);

        (await server.Rest.SendAsync(HttpMethod.Delete, "/api/admin/customers/f", null)).Must(200);

        Assert.DoesNotContain("what-was-written", Files(), StringComparison.Ordinal);
        Assert.Single(server.Log.Lines, l => l.Level == LogLevel.Warning && l.Message.Contains("VACUUM", StringComparison.Ordinal));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

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
