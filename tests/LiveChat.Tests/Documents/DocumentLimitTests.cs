using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using LiveChat.Tests.Support;

namespace LiveChat.Tests.Documents;

/// <summary>The bounds that the document gives are those that the server keeps: on the bound a value is taken, beyond it the answer is 400.</summary>
public class DocumentLimitTests
{
    private const string Unknown = "0b9d7b6e-3f8e-4a57-9d5c-3f6f0d1f2a11";

    [Fact]
    public async Task A_field_of_a_body_is_taken_up_to_its_bound_and_refused_beyond_it()
    {
        await using var server = await RunningServer.StartAsync();
        var described = await Described.RestAsync(server.Rest);
        var api = new DescribedApi(described);
        var tried = 0;
        foreach (var operation in api.Operations.Where(api.TakesBody))
        {
            var schema = described.Follow(api[operation]["requestBody"]!["content"]!["application/json"]!["schema"]!);
            foreach (var (field, bounds) in schema["properties"]!.AsObject())
            {
                foreach (var (value, isTaken) in Values((JsonObject)bounds!))
                {
                    var body = (JsonObject)schema["examples"]![0]!.DeepClone();
                    body[field] = bounds!["minimum"] is null ? value : long.Parse(value, CultureInfo.InvariantCulture);
                    var answer = await server.Rest.SendAsync(HttpMethod.Post, PathOf(operation), JsonContent.Create(body));
                    Must(answer, isTaken, $"{operation} {field}", field);
                    tried++;
                }
            }
        }

        Assert.True(tried > 30, $"{tried}");
    }

    [Fact]
    public async Task A_parameter_is_taken_up_to_its_bound_and_refused_beyond_it()
    {
        await using var server = await RunningServer.StartAsync();
        var api = new DescribedApi(await Described.RestAsync(server.Rest));
        var tried = 0;
        foreach (var operation in api.Operations.Where(operation => !operation.StartsWith("HEAD", StringComparison.Ordinal)))
        {
            foreach (var parameter in api[operation]["parameters"]?.AsArray() ?? [])
            {
                var (name, place) = (parameter!["name"]!.GetValue<string>(), parameter["in"]!.GetValue<string>());
                foreach (var (value, isTaken) in Values((JsonObject)parameter["schema"]!))
                {
                    var path = place switch
                    {
                        "path" => operation.Split(' ')[1].Replace($"{{{name}}}", value, StringComparison.Ordinal),
                        "query" => $"{PathOf(operation)}?{name}={value}",
                        _ => PathOf(operation),
                    };
                    var answer = await server.Rest.SendAsync(
                        new HttpMethod(operation.Split(' ')[0]),
                        path,
                        api.TakesBody(operation) ? JsonContent.Create(new { fingerprint = "f", agentId = place == "header" || name == "agentId" ? null : "a", content = "x", sequence = 1 }) : null,
                        place == "header" ? [(name, value)] : []);
                    Must(answer, isTaken, $"{operation} {name}", name);
                    tried++;
                }
            }
        }

        Assert.True(tried > 60, $"{tried}");
    }

    /// <summary>Values on a bound and beyond it, each with whether it is taken.</summary>
    private static IEnumerable<(string Value, bool IsTaken)> Values(JsonObject schema)
    {
        if (schema["maxLength"] is { } longest)
        {
            yield return (new string('x', longest.GetValue<int>()), true);
            yield return (new string('x', longest.GetValue<int>() + 1), false);
        }

        foreach (var (bound, beyond) in new[] { ("minimum", -1), ("maximum", 1) })
        {
            if (schema[bound] is not { } limit)
                continue;

            yield return (limit.ToString(), true);
            yield return ((limit.GetValue<long>() + beyond).ToString(CultureInfo.InvariantCulture), false);
        }

        foreach (var words in new[] { schema["enum"], schema["items"]?["enum"] }.OfType<JsonArray>())
        {
            foreach (var word in words)
                yield return (word!.GetValue<string>(), true);
            yield return ("nonsense", false);
        }
    }

    private static void Must(Answer answer, bool isTaken, string where, string field)
    {
        Assert.True(isTaken == (answer.Status != 400), $"{where}: {answer.Status} {answer.Json}");
        if (!isTaken)
            answer.MustFail(400, "validation", field);
    }

    private static string PathOf(string operation) =>
        operation.Split(' ')[1].Replace("{id}", Unknown, StringComparison.Ordinal).Replace("{fingerprint}", "f", StringComparison.Ordinal);
}
