using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using LiveChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace LiveChat.Tests.Documents;

/// <summary>What the server really answers, of every operation and with every status that can be provoked, is in the document; and what is in the document was answered.</summary>
public class AnswerTests
{
    private const string Unknown = "0b9d7b6e-3f8e-4a57-9d5c-3f6f0d1f2a11";

    /// <summary>That the program is at fault, which the tests of failures provoke.</summary>
    private static readonly int[] NotProvoked = [500];

    [Fact]
    public async Task Every_answer_is_in_the_document_and_every_status_of_it_was_answered()
    {
        await using var scene = await TrustScene.StartAsync("Chat:Queue:MaxConcurrentByAgent=1");
        var api = new DescribedApi(await Described.RestAsync(scene.Server.Rest));

        foreach (var operation in api.Operations)
            await CallAsync(scene, api, operation);
        await RuleAsync(scene, api);
        await ExhaustAsync(api);
        await DrainAsync(api);

        var missing = api.Operations.SelectMany(operation => api.StatusesOf(operation).Except(NotProvoked).Select(status => (operation, status))).Except(api.Seen);
        Assert.Empty(missing);
    }

    [Fact]
    public async Task What_no_operation_answers_is_said_too()
    {
        await using var server = await RunningServer.StartAsync();
        var api = new DescribedApi(await Described.RestAsync(server.Rest));

        api.MustBeCommon("not_found", (await server.Rest.GetAsync("/api/nothing")).Must(404));
        api.MustBeCommon("method_not_allowed", (await server.Rest.GetAsync("/api/customer/sessions")).Must(405));
        foreach (var path in api.Operations.Where(operation => operation.StartsWith("GET", StringComparison.Ordinal)).Select(operation => operation.Split(' ')[1]))
            api.MustBeCommon("method_not_allowed", (await server.Rest.SendAsync(HttpMethod.Patch, Filled(path, Unknown, "f"), null)).Must(405));
    }

    /// <summary>Once as it should be, and once for each refusal that comes of the call itself.</summary>
    private static async Task CallAsync(TrustScene scene, DescribedApi api, string operation)
    {
        var (method, template) = (operation.Split(' ')[0], operation.Split(' ')[1]);
        var isAccept = template.EndsWith("/accept", StringComparison.Ordinal);
        var (id, customer) = await scene.ConversationAsync(isHeld: false);
        var agent = $"agent-of-{id}";
        (string, string)[] own = template switch
        {
            _ when api.IsOpen(operation) => [],
            _ when template.StartsWith("/api/customer", StringComparison.Ordinal) => [TrustScene.Bearer(scene.Issuer.Token(customer, "customer"))],
            _ when template.StartsWith("/api/agent", StringComparison.Ordinal) => [TrustScene.Bearer(scene.Issuer.Token(agent, "agent"))],
            _ => [.. scene.Credentials("admin", customer)],
        };
        if (!isAccept)
            (await scene.Server.Rest.PostAsync($"/api/agent/conversations/{id}/accept", null, TrustScene.Bearer(scene.Issuer.Token(agent, "agent")))).Must(200);

        var success = api.StatusesOf(operation).Min() == 200 && api.StatusesOf(operation).Contains(201) ? 201 : api.StatusesOf(operation).Min();
        if ((method is "GET" or "HEAD") && !api.IsJson(operation))
        {
            // The client of the tests reads nothing else.
            api.Seen.Add((operation, await StatusAsync(scene, method, template, own)));
            if (own.Length > 0)
            {
                api.Seen.Add((operation, await StatusAsync(scene, method, template, [])));
                api.Seen.Add((operation, await StatusAsync(scene, method, template, [.. scene.Credentials("no role", customer)])));
            }

            return;
        }

        api.Must(operation, success, await SendAsync(Filled(template, id, customer), Body(template), own));
        if (own.Length == 0)
            return;

        api.Must(operation, 401, await SendAsync(Filled(template, id, customer), Body(template), [TrustScene.Bearer("nonsense")]));
        api.Must(operation, 403, await SendAsync(Filled(template, id, customer), Body(template), [.. scene.Credentials("no role", customer)]));
        if (api.StatusesOf(operation).Contains(400))
            api.Must(operation, 400, await SendAsync(Filled(template, "no-id", new string('x', 300)) + "?size=0", NoObject(), own));
        if (template.Contains("{id}", StringComparison.Ordinal))
            api.Must(operation, 404, await SendAsync(Filled(template, Unknown, customer), Body(template), own));
        if (!api.TakesBody(operation))
            return;

        api.Must(operation, 413, await SendAsync(Filled(template, id, customer), new ByteArrayContent(new byte[(64 * 1024) + 1]), own));
        api.Must(operation, 415, await SendAsync(Filled(template, id, customer), new StringContent("{}", Encoding.UTF8, new MediaTypeHeaderValue("text/plain")), own));

        Task<Answer> SendAsync(string path, HttpContent? content, (string, string)[] headers) =>
            scene.Server.Rest.SendAsync(new HttpMethod(method), path, method == "POST" ? content : null, headers);
    }

    /// <summary>The refusals that come of what a conversation stands at.</summary>
    private static async Task RuleAsync(TrustScene scene, DescribedApi api)
    {
        const string Accept = "POST /api/agent/conversations/{id}/accept";
        const string Say = "POST /api/agent/conversations/{id}/messages";
        const string Read = "POST /api/agent/conversations/{id}/read";
        const string Ask = "POST /api/customer/conversations/{id}/messages";
        var rest = scene.Server.Rest;
        var (id, customer) = await scene.ConversationAsync(isHeld: false);
        var (other, _) = await scene.ConversationAsync(isHeld: false);
        var (visitor, first, second) = (Bearer(customer, "customer"), Bearer("rule-1", "agent"), Bearer("rule-2", "agent"));

        api.Must(Say, 422, await rest.PostAsync($"/api/agent/conversations/{id}/messages", new { content = "x" }, first)).MustFail(422, "not_accepted");
        api.Must(Read, 422, await rest.PostAsync($"/api/agent/conversations/{id}/read", new { sequence = 1 }, first)).MustFail(422, "not_accepted");
        api.Must(Accept, 200, await rest.PostAsync($"/api/agent/conversations/{id}/accept", null, first));
        api.Must(Accept, 409, await rest.PostAsync($"/api/agent/conversations/{id}/accept", null, second));
        api.Must(Accept, 422, await rest.PostAsync($"/api/agent/conversations/{other}/accept", null, first)).MustFail(422, "agent_at_capacity");
        foreach (var (operation, side, who) in new[] { (Say, "agent", first), (Ask, "customer", visitor) })
        {
            var path = $"/api/{side}/conversations/{id}/messages";
            api.Must(operation, 201, await rest.PostAsync(path, new { content = "x", clientMessageId = side }, who));
            api.Must(operation, 200, await rest.PostAsync(path, new { content = "x", clientMessageId = side }, who));
            api.Must(operation, 422, await rest.PostAsync(path, new { content = "y", clientMessageId = side }, who)).MustFail(422, "idempotency_mismatch");
        }

        foreach (var (operation, path, who) in new[]
        {
            ("GET /api/agent/queue", "/api/agent/queue?size=1", first),
            ("GET /api/agent/conversations", "/api/agent/conversations?size=1&agentId=holder", Bearer("chief", "supervisor")),
            ("GET /api/customer/conversations/{id}/messages", $"/api/customer/conversations/{id}/messages?limit=1", visitor),
            ("GET /api/agent/conversations/{id}/events", $"/api/agent/conversations/{id}/events?limit=1", first),
        })
        {
            api.Must(operation, 200, await rest.GetAsync(path, who));
        }

        (await rest.PostAsync($"/api/customer/conversations/{id}/close", null, visitor)).Must(200);
        api.Must(Ask, 410, await rest.PostAsync($"/api/customer/conversations/{id}/messages", new { content = "x" }, visitor));
        api.Must(Say, 410, await rest.PostAsync($"/api/agent/conversations/{id}/messages", new { content = "x" }, first));
        api.Must(Accept, 410, await rest.PostAsync($"/api/agent/conversations/{id}/accept", null, second));

        (string, string) Bearer(string who, string role) => TrustScene.Bearer(scene.Issuer.Token(who, role));
    }

    /// <summary>Calls each operation until the caller's bucket is empty; what does not count goes on.</summary>
    private static async Task ExhaustAsync(DescribedApi api)
    {
        await using var server = await RunningServer.StartAsync("Chat:Security:RateLimit:PermitLimit=1", "Chat:Security:RateLimit:TokensPerSecond=1");
        await using var guarded = await TrustScene.StartAsync("Chat:Security:RateLimit:Failures:PermitLimit=1", "Chat:Security:RateLimit:Failures:TokensPerSecond=1");
        foreach (var operation in api.Operations.Where(operation => api.StatusesOf(operation).Contains(429)))
        {
            var (method, template) = (operation.Split(' ')[0], operation.Split(' ')[1]);
            Answer answer;
            var calls = 0;
            do
            {
                answer = await (template.StartsWith("/actuator", StringComparison.Ordinal) ? guarded.Server : server).Rest.SendAsync(
                    new HttpMethod(method), Filled(template, Unknown, "f"), method == "POST" ? JsonContent.Create(new { }) : null, TrustScene.Bearer($"guess-{calls}"));
            }
            while (answer.Status != 429 && ++calls < 100);
            api.Must(operation, 429, answer);
        }
    }

    /// <summary>Calls a server that is told to stop, and does not yet: its host is not waited for.</summary>
    private static async Task DrainAsync(DescribedApi api)
    {
        await using var server = await RunningServer.StartAsync();
        server.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        foreach (var operation in api.Operations.Where(operation => api.StatusesOf(operation).Contains(503)))
            api.Must(operation, 503, await server.Rest.SendAsync(new HttpMethod(operation.Split(' ')[0]), Filled(operation.Split(' ')[1], Unknown, "f"), null));
        api.Must("GET /actuator/health/liveness", 200, await server.Rest.GetAsync("/actuator/health/liveness"));
    }

    private static async Task<int> StatusAsync(TrustScene scene, string method, string path, (string Name, string Value)[] headers)
    {
        using var http = new HttpClient { BaseAddress = scene.Server.RestAddress, Timeout = Waiting.Limit };
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken).Soon();
        return (int)answer.StatusCode;
    }

    private static string Filled(string template, string id, string fingerprint) =>
        template.Replace("{id}", id, StringComparison.Ordinal).Replace("{fingerprint}", fingerprint, StringComparison.Ordinal)
            .Replace("{name}", fingerprint, StringComparison.Ordinal);

    private static JsonContent Body(string template) => template switch
    {
        _ when template.EndsWith("/messages", StringComparison.Ordinal) => JsonContent.Create(new { content = "Hi" }),
        _ when template.EndsWith("/read", StringComparison.Ordinal) => JsonContent.Create(new { sequence = 1 }),
        _ => JsonContent.Create(new { }),
    };

    private static StringContent NoObject() => new("[]", Encoding.UTF8, "application/json");
}
