using System.Collections.Concurrent;
using LiveChat.Tests.Support;

namespace LiveChat.Tests.Operations;

public class CrashTests
{
    [Fact]
    public async Task Every_acknowledged_message_is_there_once_after_a_kill_in_the_middle_of_sends()
    {
        var folder = Directory.CreateTempSubdirectory("livechat-crash-");
        try
        {
            var acknowledged = new ConcurrentDictionary<string, string>();
            string[] conversations;
            using (var server = await ServerProcess.StartAsync(folder.FullName))
            {
                conversations = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => server.Rest.StartAsync($"f{i}"))).Soon();
                var senders = conversations.Select(id => SendUntilKilledAsync(server, id, acknowledged)).ToArray();
                await Waiting.Until(() => acknowledged.Count >= 500);
                server.Kill();
                await Task.WhenAll(senders).Soon();
            }

            using var restarted = await ServerProcess.StartAsync(folder.FullName);
            var stored = new Dictionary<string, string>();
            foreach (var id in conversations)
            {
                var events = await restarted.Rest.EventsAsync(id);
                Assert.Equal(Enumerable.Range(1, events.Count), events.Select(e => e.GetProperty("sequence").GetInt32()));
                foreach (var entry in events.Where(e => e.GetProperty("event").GetString() == "chat:message"))
                {
                    var message = entry.GetProperty("payload").GetProperty("message");
                    stored.Add(message.GetProperty("clientMessageId").GetString()!, message.GetProperty("id").GetString()!);
                }
            }

            Assert.All(acknowledged, sent => Assert.Equal(sent.Value, stored[sent.Key]));

            // And a client that got no answer may ask again: one message, whether or not the first attempt was stored.
            var key = acknowledged.Keys.First();
            var repeated = (await restarted.Rest.CustomerSendAsync(conversations[int.Parse(key.Split('-')[0], null)], key, key)).Must(200);
            Assert.Equal(acknowledged[key], repeated.Text("id"));
            restarted.Kill();
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        async Task SendUntilKilledAsync(ServerProcess server, string id, ConcurrentDictionary<string, string> acknowledged)
        {
            // The conversation's number is what its fingerprint ends with.
            var number = (await server.Rest.GetAsync($"/api/customer/conversations/{id}")).Json.GetProperty("customer").GetProperty("id").GetString()![1..];
            for (var i = 0; ; i++)
            {
                var key = $"{number}-{i}";
                try
                {
                    var answer = await server.Rest.CustomerSendAsync(id, key, key);
                    acknowledged[key] = answer.Must(201).Text("id");
                }
                catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
                {
                    return;
                }
            }
        }
    }
}
