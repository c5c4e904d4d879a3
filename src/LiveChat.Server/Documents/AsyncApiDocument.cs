using System.Text.Json.Nodes;
using LiveChat.Server.Gateway;

namespace LiveChat.Server.Documents;

/// <summary>
/// The socket in AsyncAPI 3.0, from the server's side: it receives what clients emit, and sends what they hear. An acknowledgement is the
/// reply to what it answers, and so is the end of a handshake.
/// </summary>
internal static class AsyncApiDocument
{
    private const string Channel = "#/channels/chat";
    private const string Connect = "connect", Connected = "connected", ConnectError = "connectError";

    public static JsonObject Build(MessageOptions limits)
    {
        IReadOnlyList<Component> components = [.. PayloadSchemas.All, .. SocketSchemas.All(limits)];
        return new JsonObject
        {
            ["asyncapi"] = "3.0.0",
            ["info"] = DocumentInfo.Of("Live chat: Socket.IO", DocumentInfo.Socket),
            ["defaultContentType"] = "application/json",
            ["servers"] = new JsonObject { ["gateway"] = Server() },
            ["channels"] = new JsonObject
            {
                ["chat"] = new JsonObject
                {
                    ["address"] = "/",
                    ["description"] = "The main namespace.",
                    ["servers"] = new JsonArray(Reference("#/servers/gateway")),
                    ["messages"] = Messages(components),
                    ["bindings"] = new JsonObject { ["ws"] = new JsonObject { ["method"] = "GET", ["query"] = Schema.Some(["role"], SocketSchemas.Parameters()), ["bindingVersion"] = "0.1.0" } },
                },
            },
            ["operations"] = Operations(),
            ["components"] = new JsonObject
            {
                ["schemas"] = Component.Section(components),
                ["securitySchemes"] = SecuritySchemes.AsyncApi(),
            },
        };
    }

    private static JsonObject Server() => new()
    {
        ["host"] = "{host}:{port}",
        ["pathname"] = "/socket.io/",
        ["protocol"] = "ws",
        ["description"] = "The gateway's own port. Where authentication is off, no credential is needed.",
        ["variables"] = new JsonObject
        {
            ["host"] = new JsonObject { ["default"] = "localhost" },
            ["port"] = new JsonObject { ["default"] = $"{new GatewayOptions().Port}" },
        },
        ["security"] = SecuritySchemes.AsyncApiRefs(),
    };

    private static JsonObject Messages(IReadOnlyList<Component> components)
    {
        var messages = new JsonObject
        {
            [Connect] = Message("CONNECT", "A connection is asked for.", "Auth"),
            [Connected] = Message("CONNECT", "It was admitted.", "Connected"),
            [ConnectError] = Message("CONNECT_ERROR", "It was not: nothing was joined. Clients of version 2.x get data alone.", "ConnectError"),
        };
        foreach (var sent in SocketEvents.Sent)
            messages[sent.Id] = Message(sent.Name, sent.Says, sent.Payload);
        foreach (var handled in SocketEvents.Handled)
        {
            messages[handled.Id] = Message(handled.Name, handled.Says, handled.Payload);
            messages[handled.Id + "Ack"] = Message(handled.Name, "It was done.", handled.Ack);
            messages[handled.Id + "Error"] = Message(handled.Name, "It was refused.", SocketSchemas.ErrorNameOf(handled));
        }

        return messages;

        JsonObject Message(string name, string says, string payload) => new()
        {
            ["name"] = name,
            ["summary"] = says,
            ["payload"] = Schema.Ref(payload),
            ["examples"] = new JsonArray(new JsonObject { ["payload"] = components.Single(component => component.Name == payload).ExampleNode }),
        };
    }

    private static JsonObject Operations()
    {
        var operations = new JsonObject { [Connect] = Operation("receive", "Connects.", Connect, Connected, ConnectError) };
        foreach (var handled in SocketEvents.Handled)
            operations[handled.Id] = Operation("receive", handled.Says, handled.Id, handled.Id + "Ack", handled.Id + "Error");
        foreach (var sent in SocketEvents.Sent)
            operations[sent.Id] = Operation("send", sent.Says, sent.Id);
        return operations;
    }

    private static JsonObject Operation(string action, string says, string message, params string[] replies)
    {
        var operation = new JsonObject
        {
            ["action"] = action,
            ["summary"] = says,
            ["channel"] = Reference(Channel),
            ["messages"] = References(message),
        };
        return replies.Length == 0 ? operation : operation.With("reply", new JsonObject { ["channel"] = Reference(Channel), ["messages"] = References(replies) });
    }

    private static JsonArray References(params string[] messages) => [.. messages.Select(name => Reference($"{Channel}/messages/{name}"))];

    private static JsonObject Reference(string to) => new() { ["$ref"] = to };
}
