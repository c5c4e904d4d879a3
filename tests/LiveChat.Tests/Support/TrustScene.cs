using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;

namespace LiveChat.Tests.Support;

/// <summary>A server with keys and tokens on, and everybody who may or may not call it.</summary>
internal sealed class TrustScene : IAsyncDisposable
{
    private const string KeyForCustomers = "key-for-customers-0123456789abcdef";
    private const string KeyForAgents = "key-for-agents-0123456789abcdef";
    private const string KeyForAdmins = "key-for-admins-0123456789abcdef";

    private int _customers;

    private TrustScene(RunningServer server, TestIssuer issuer) => (Server, Issuer) = (server, issuer);

    public RunningServer Server { get; }

    public TestIssuer Issuer { get; }

    public static async Task<TrustScene> StartAsync(params string[] settings)
    {
        var issuer = new TestIssuer();
        return new TrustScene(
            await RunningServer.StartAsync(
            [
                .. issuer.Settings,
                "Chat:Security:Authentication=ApiKey,Jwt",
                .. Key(0, "customers", KeyForCustomers, "customer"),
                .. Key(1, "agents", KeyForAgents, "agent"),
                .. Key(2, "admins", KeyForAdmins, "admin"),
                "Chat:Queue:MaxConcurrentByAgent=1000",
                "Chat:Security:RateLimit:Failures:PermitLimit=0",
                .. settings,
            ]),
            issuer);
    }

    public static string[] Key(int number, string name, string key, params string[] roles) =>
    [
        $"Chat:Security:ApiKeys:{number}:Name={name}",
        $"Chat:Security:ApiKeys:{number}:Hash=sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))}",
        .. roles.Select((role, i) => $"Chat:Security:ApiKeys:{number}:Roles:{i}={role}"),
    ];

    public static (string Name, string Value) Bearer(string token) => ("Authorization", $"Bearer {token}");

    /// <summary>Starts a conversation as a customer with a token, and has it accepted if it is to be held.</summary>
    public async Task<(string Id, string Customer)> ConversationAsync(bool isHeld)
    {
        var customer = $"customer-{++_customers}";
        var id = (await Server.Rest.PostAsync("/api/customer/sessions", new { }, Bearer(Issuer.Token(customer, "customer")))).Must(200).Text("conversationId");
        if (isHeld)
            (await Server.Rest.PostAsync($"/api/agent/conversations/{id}/accept", null, Bearer(Issuer.Token("holder", "agent")))).Must(200);
        return (id, customer);
    }

    /// <summary>Calls on a conversation of its own, so that no call is in another's way.</summary>
    public Task<Answer> CallAsync(string call, string caller, bool byProxy = false) =>
        CallAsync(call, caller is "nobody" or "key for customers", customer => Credentials(caller, customer, byProxy));

    /// <param name="call">Method and path.</param>
    /// <param name="namesNew">Whether a new visitor is named where a session is started.</param>
    /// <param name="credentials">What is presented, by the conversation's customer.</param>
    public async Task<Answer> CallAsync(string call, bool namesNew, Func<string, IEnumerable<(string Name, string Value)>> credentials)
    {
        var (id, customer) = await ConversationAsync(isHeld: !call.Contains("{queued}", StringComparison.Ordinal));
        var (method, path) = (call.Split(' ')[0], call.Split(' ')[1]);
        path = path.Replace("{id}", id, StringComparison.Ordinal).Replace("{queued}", id, StringComparison.Ordinal)
            .Replace("{name}", "ROOT", StringComparison.Ordinal)
            .Replace("{fingerprint}", customer, StringComparison.Ordinal).TrimEnd('/');
        object? body = path switch
        {
            _ when path.EndsWith("customer/sessions", StringComparison.Ordinal) && namesNew => new { fingerprint = $"new-{id}" },
            _ when path.Contains("/loggers", StringComparison.Ordinal) => new { configuredLevel = "INFO" },
            _ when path.EndsWith("/messages", StringComparison.Ordinal) => new { content = "Hi" },
            _ when path.EndsWith("/read", StringComparison.Ordinal) => new { sequence = 1 },
            _ => new { },
        };
        return await Server.Rest.SendAsync(
            new HttpMethod(method), path, method is "POST" ? JsonContent.Create(body) : null, [.. credentials(customer)]);
    }

    public IEnumerable<(string Name, string Value)> Credentials(string caller, string customer, bool byProxy) =>
        byProxy && !caller.StartsWith("key", StringComparison.Ordinal) && Persons(customer).TryGetValue(caller, out var person)
            ? [("X-Auth-User", person.Id), ("X-Auth-Name", "Name"), ("X-Auth-Roles", person.Roles)]
            : Credentials(caller, customer);

    private static Dictionary<string, (string Id, string Roles)> Persons(string customer) => new()
    {
        ["its customer"] = (customer, "customer"),
        ["another customer"] = ($"not-{customer}", "customer"),
        ["its agent"] = ("holder", "agent"),
        ["another agent"] = ("other", "something-else,agent"),
        ["supervisor"] = ("chief", "supervisor"),
        ["admin"] = ("root", "admin"),
        ["no role"] = ("somebody", "guest"),
    };

    public IEnumerable<(string Name, string Value)> Credentials(string caller, string customer) => caller switch
    {
        "nobody" => [],
        "its customer" => [Bearer(Issuer.Token(customer, "customer"))],
        "another customer" => [Bearer(Issuer.Token($"not-{customer}", "customer"))],
        "its agent" => [Bearer(Issuer.Token("holder", new[] { "agent" }))],
        "another agent" => [Bearer(Issuer.Token("other", "agent something-else"))],
        "supervisor" => [Bearer(Issuer.Token("chief", "supervisor"))],
        "admin" => [Bearer(Issuer.Token("root", "admin"))],
        "no role" => [Bearer(Issuer.Token("somebody", "guest"))],
        "key for customers" => [("X-API-Key", KeyForCustomers)],
        "key for agents" => [Bearer(KeyForAgents)],
        "key for admins" => [("X-API-Key", KeyForAdmins)],
        _ => throw new ArgumentOutOfRangeException(nameof(caller), caller, "Not a column."),
    };

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        Issuer.Dispose();
    }
}
