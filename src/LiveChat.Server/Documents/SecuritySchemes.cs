using System.Text.Json.Nodes;
using LiveChat.Server.Security;

namespace LiveChat.Server.Documents;

/// <summary>How a caller says who it is.</summary>
internal static class SecuritySchemes
{
    private const string Key = "apiKey", Bearer = "bearer", Session = "sessionToken", Token = "token";
    private const string KeySays = "The key of a backend that acts for others.";
    private const string BearerSays = "A JWT of a person, the key of a backend, or the session token of a visitor.";
    private const string SessionSays = "The session token of a visitor, where a gateway uses Authorization for itself.";

    public static JsonObject OpenApi() => new()
    {
        [Key] = Header("apiKey", "X-API-Key", KeySays),
        [Bearer] = Http(),
        [Session] = Header("apiKey", "X-Session-Token", SessionSays),
    };

    public static JsonObject AsyncApi() => new()
    {
        [Token] = new JsonObject { ["type"] = "httpApiKey", ["in"] = "query", ["name"] = "token", ["description"] = "A JWT, a key or a session token, in the query or, by the same name, in auth. It is judged before the headers." },
        [Key] = Header("httpApiKey", "X-API-Key", KeySays),
        [Bearer] = Http(),
        [Session] = Header("httpApiKey", "X-Session-Token", SessionSays),
    };

    public static JsonArray AsyncApiRefs() =>
        [.. AsyncApi().Select(scheme => new JsonObject { ["$ref"] = $"#/components/securitySchemes/{scheme.Key}" })];

    /// <summary>Any one of these lets a caller in, an empty one nobody in particular.</summary>
    public static JsonArray Of(Access access, SecurityOptions options)
    {
        if (access.IsOpen)
            return [];

        string[] schemes = access.Roles.HasFlag(Roles.Customer) ? [Key, Bearer, Session] : [Key, Bearer];
        JsonArray alternatives = [.. schemes.Select(scheme => new JsonObject { [scheme] = new JsonArray() })];
        if (options.Modes is AuthenticationModes.None || (access.IsForNobodyToo && options.AnonymousCustomers))
            alternatives.Add(new JsonObject());
        return alternatives;
    }

    private static JsonObject Http() => new() { ["type"] = "http", ["scheme"] = "bearer", ["description"] = BearerSays };

    private static JsonObject Header(string type, string name, string says) =>
        new() { ["type"] = type, ["in"] = "header", ["name"] = name, ["description"] = says };
}
