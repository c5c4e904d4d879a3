using LiveChat.Server.Security;
using LiveChat.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace LiveChat.Tests.Security;

/// <summary>Every endpoint and every kind of caller: each cell says what the answer is. An endpoint without a row fails.</summary>
public class AccessMatrixTests
{
    /// <summary>The columns, in this order, for a conversation of the customer that agent "holder" holds.</summary>
    private static readonly string[] Callers =
        ["nobody", "its customer", "another customer", "its agent", "another agent", "supervisor", "admin", "no role", "key for customers", "key for agents", "key for admins"];

    /// <summary>
    /// What is called, and the statuses by column. In a path, {id} is a conversation that an agent holds and {queued} one that waits.
    /// </summary>
    private static readonly (string Call, string Statuses)[] Rows =
    [
        ("POST /api/customer/sessions", "200 200 200 403 403 403 403 403 200 403 403"),
        ("GET /api/customer/conversations/{id}/", "401 200 403 403 403 403 403 403 200 403 403"),
        ("GET /api/customer/conversations/{id}/messages", "401 200 403 403 403 403 403 403 200 403 403"),
        ("GET /api/customer/conversations/{id}/events", "401 200 403 403 403 403 403 403 200 403 403"),
        ("POST /api/customer/conversations/{id}/messages", "401 201 403 403 403 403 403 403 201 403 403"),
        ("POST /api/customer/conversations/{id}/close", "401 200 403 403 403 403 403 403 200 403 403"),
        ("POST /api/customer/conversations/{id}/read", "401 204 403 403 403 403 403 403 204 403 403"),
        ("POST /api/agent/sessions", "401 403 403 200 200 200 403 403 403 400 403"),
        ("GET /api/agent/queue", "401 403 403 200 200 200 403 403 403 200 403"),
        ("GET /api/agent/conversations", "401 403 403 200 200 200 403 403 403 200 403"),
        ("GET /api/agent/conversations/{id}/", "401 403 403 200 403 200 403 403 403 200 403"),
        ("GET /api/agent/conversations/{queued}/", "401 403 403 200 200 200 403 403 403 200 403"),
        ("GET /api/agent/conversations/{id}/messages", "401 403 403 200 403 200 403 403 403 200 403"),
        ("GET /api/agent/conversations/{id}/events", "401 403 403 200 403 200 403 403 403 200 403"),
        ("POST /api/agent/conversations/{id}/messages", "401 403 403 201 403 403 403 403 403 201 403"),
        ("POST /api/agent/conversations/{queued}/messages", "401 403 403 422 422 422 403 403 403 422 403"),
        ("POST /api/agent/conversations/{id}/read", "401 403 403 204 403 403 403 403 403 204 403"),
        ("POST /api/agent/conversations/{queued}/read", "401 403 403 422 422 422 403 403 403 422 403"),
        ("POST /api/agent/conversations/{id}/accept", "401 403 403 200 409 409 403 403 403 400 403"),
        ("POST /api/agent/conversations/{queued}/accept", "401 403 403 200 200 200 403 403 403 400 403"),
        ("POST /api/agent/conversations/{id}/close", "401 403 403 200 403 200 403 403 403 200 403"),
        ("POST /api/agent/conversations/{queued}/close", "401 403 403 200 200 200 403 403 403 200 403"),
        ("POST /api/admin/seed", "401 403 403 403 403 403 201 403 403 403 201"),
        ("GET /api/admin/customers/{fingerprint}/export", "401 403 403 403 403 403 200 403 403 403 200"),
        ("DELETE /api/admin/customers/{fingerprint}", "401 403 403 403 403 403 200 403 403 403 200"),
        ("GET /api/admin/support/{id}", "401 403 403 403 403 403 200 403 403 403 200"),
        ("GET /actuator/loggers", "401 403 403 403 403 403 200 403 403 403 200"),
        ("GET /actuator/loggers/{name}", "401 403 403 403 403 403 200 403 403 403 200"),
        ("POST /actuator/loggers/{name}", "401 403 403 403 403 403 204 403 403 403 204"),
        ("GET /actuator/prometheus", "401 403 403 403 403 403 200 403 403 403 200"),
    ];

    private static readonly string[] Open = ["/actuator/health/", "/actuator/health/liveness", "/actuator/health/readiness", "/actuator/info", "/socket.io", "/openapi/v1.json", "/asyncapi/v1.json", "/docs"];

    public static TheoryData<string, string> Calls => [.. Rows];

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Each_caller_gets_what_the_table_says(string call, string statuses)
    {
        await using var scene = await TrustScene.StartAsync("Chat:Security:Authentication=ApiKey,Jwt,Proxy", "Chat:Security:Proxy:TrustedNetworks:0=127.0.0.1");
        var expected = statuses.Split(' ').Select(int.Parse).ToList();
        Assert.Equal(Callers.Length, expected.Count);
        foreach (var byProxy in new[] { false, true })
        {
            for (var column = 0; column < Callers.Length; column++)
            {
                var answer = await scene.CallAsync(call, Callers[column], byProxy);

                Assert.True(answer.Status == expected[column], $"{call} by {Callers[column]}{(byProxy ? " (proxy)" : "")}: {answer.Status} {answer.Json}");
                if (answer.Status >= 400)
                    answer.MustFail(answer.Status, Code(answer.Status));
                Assert.Equal(answer.Status == 401, answer.Headers.ContainsKey("WWW-Authenticate"));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task A_bad_credential_is_refused_everywhere(string call, string statuses)
    {
        Assert.NotEmpty(statuses);
        await using var scene = await TrustScene.StartAsync();
        foreach (var (kind, make) in CredentialTests.Bad)
        {
            var answer = await scene.CallAsync(call, namesNew: true, _ => [TrustScene.Bearer(make(scene.Issuer))]);
            Assert.True(answer.Status == 401, $"{call} by a token that is {kind}: {answer.Status} {answer.Json}");
            answer.MustFail(401, "unauthenticated");
        }
    }

    [Fact]
    public async Task Every_endpoint_has_its_access_and_its_row()
    {
        await using var server = await RunningServer.StartAsync();
        var endpoints = server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().ToList();

        Assert.NotEmpty(endpoints);
        Assert.All(endpoints, endpoint => Assert.True(endpoint.Metadata.GetMetadata<Access>() is not null, endpoint.DisplayName));
        var rows = Rows.Select(row => row.Call.Replace("{queued}", "{id}", StringComparison.Ordinal)).ToHashSet();
        foreach (var endpoint in endpoints)
        {
            var path = endpoint.RoutePattern.RawText!;
            if (endpoint.Metadata.GetMetadata<Access>()!.IsOpen)
            {
                // Pages, which are the same for everybody.
                if (endpoint.Metadata.GetMetadata<AnyOrigin>() is not null)
                    continue;
                Assert.Contains(Open, known => path.StartsWith(known.TrimEnd('/'), StringComparison.Ordinal));
                continue;
            }

            foreach (var method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods.Where(method => method != HttpMethods.Head))
                Assert.Contains($"{method} {path}", rows);
        }
    }

    private static string Code(int status) => status switch
    {
        400 => "validation",
        401 => "unauthenticated",
        403 => "forbidden",
        409 => "conflict",
        422 => "not_accepted",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "Not in the table."),
    };
}
