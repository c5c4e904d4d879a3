using System.Reflection;
using System.Text.Json.Nodes;
using LiveChat.Server.Rest;

namespace LiveChat.Server.Documents;

/// <summary>What both documents begin with.</summary>
internal static class DocumentInfo
{
    public const string Rest = """
        A visitor begins a conversation and waits in a queue, an agent accepts it, both talk until one closes. The socket, which delivers what happens, is described at /asyncapi/v1.json.

        JSON is camelCase, times are RFC 3339 in UTC, and what is absent in an answer is null. Unknown fields of a request are ignored, and one that is null was not given. Lengths are counted in UTF-16 code units; a body has at most 64 KiB and 32 levels, and no text a NUL character. HEAD is answered wherever GET is.

        A refusal is application/problem+json with a code of a closed set. A path that is not there is 404 not_found for anybody, a method that a path does not take 405 method_not_allowed with Allow. A request that the web server cannot read is 400, 408, 414, 431 or 505 with the code validation.

        Which credentials a server asks for is its operator's choice: API keys, JWTs, or a sign-on proxy in front of it, which says who calls by the headers X-Auth-User, X-Auth-Name and X-Auth-Roles (or names of the operator's choice) and counts only where it calls from a network that the operator trusts. A visitor without an account is given a session token by its first call. Where authentication is off, no call needs a credential.
        """;

    public const string Socket = """
        Socket.IO, spoken by its clients of version 2.x to 4.x, over WebSocket, polling or with the upgrade. The channel is the main namespace. The parameters of a connection stand in the handshake's query or in the CONNECT packet's auth object, which wins. What writes beside the socket, REST, is described at /openapi/v1.json on the REST port.

        An event of the client that asks for an acknowledgement gets one, of success or of refusal; a refusal of one that does not ask is a system:error. An event whose name is not listed here is refused with unknown_event where it asks for an acknowledgement. Lengths are counted in UTF-16 code units.

        Clients that understand connection state recovery get one argument more behind each event of the log: the offset that they come back with.
        """;

    public static JsonObject Of(string title, string says) => new()
    {
        ["title"] = title,
        ["version"] = typeof(JsonBody).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0],
        ["description"] = says,
        ["license"] = new JsonObject { ["name"] = "MIT" },
    };
}
