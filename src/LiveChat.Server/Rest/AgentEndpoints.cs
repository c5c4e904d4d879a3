using System.Text.Json;
using LiveChat.Server.Security;
using LiveChat.Server.Wire;

namespace LiveChat.Server.Rest;

/// <summary>What a support agent's console calls. Each call shows that the agent is there.</summary>
internal static class AgentEndpoints
{
    private const int QueueOfSession = 100;

    public static void MapAgent(this IEndpointRouteBuilder routes)
    {
        var agent = routes.MapGroup("/api/agent").WithMetadata(Access.Agents);
        agent.MapPost("/sessions", StartAsync);
        agent.MapMethods("/queue", ConversationEndpoints.Reading, ReadQueueAsync);
        agent.MapMethods("/conversations", ConversationEndpoints.Reading, ListAsync);

        var conversation = agent.MapGroup("/conversations/{id}");
        conversation.MapPost("/accept", AcceptAsync);
        conversation.MapMethods("/", ConversationEndpoints.Reading, async (HttpContext http, ChatService chat, Callers callers, string id) =>
            await ConversationEndpoints.GetAsync(http, chat, await callers.AgentAsync(http), id));
        conversation.MapPost("/messages", ConversationEndpoints.Sending(
            routes.ServiceProvider, static (callers, http, request) => callers.AgentAsync(http, request.AgentId)));
        conversation.MapMethods("/messages", ConversationEndpoints.Reading, async (HttpContext http, ChatService chat, IConversationLog log, Callers callers, string id) =>
            await ConversationEndpoints.ReadMessagesAsync(http, chat, log, await callers.AgentAsync(http), id));
        conversation.MapMethods("/events", ConversationEndpoints.Reading, async (HttpContext http, ChatService chat, IConversationLog log, Callers callers, string id) =>
            await ConversationEndpoints.ReadEventsAsync(http, chat, log, await callers.AgentAsync(http), id));
        conversation.MapPost("/read", (HttpContext http, ChatService chat, Callers callers, string id) =>
            ConversationEndpoints.ReadAsync(http, chat, request => callers.AgentAsync(http, request.AgentId), id));
        conversation.MapPost("/close", (HttpContext http, ChatService chat, Callers callers, string id) =>
            ConversationEndpoints.CloseAsync(http, chat, request => callers.AgentAsync(http, request?.AgentId), id));
    }

    private static async Task StartAsync(
        HttpContext http,
        ChatService chat,
        Callers callers,
        ChatOptions options)
    {
        var request = await JsonBody.ReadAsync(http, Json.Wire.AgentSessionRequest);
        var caller = await callers.AgentAsync(http, request.AgentId);
        var errors = new FieldErrors();
        var agent = AgentOf(errors, caller, request.DisplayName);
        errors.Optional("channel", request.Channel, Limits.Channel);
        errors.ThrowIfAny();

        var (held, queue) = await chat.StartAgentSessionAsync(caller, agent, ListPage.LargestSize, QueueOfSession, http.RequestAborted);
        using var pieces = new JsonPieces(http);
        var json = pieces.Json;
        json.WriteStartObject();
        json.WritePropertyName("agent");
        JsonSerializer.Serialize(json, agent, Json.Wire.Agent);
        json.WriteNumber("maxConcurrent", options.Queue.MaxConcurrentByAgent);
        json.WriteStartArray("conversations");
        await pieces.AddAsync(held, ListedConversationBody.From, Json.Wire.ListedConversationBody);
        json.WriteEndArray();
        json.WriteStartArray("queue");
        await pieces.AddAsync(queue.Items, QueueEntryBody.From, Json.Wire.QueueEntryBody);
        json.WriteEndArray();
        json.WriteNumber("queueSize", queue.Total);
        json.WriteEndObject();
        await pieces.CompleteAsync();
    }

    private static async Task ReadQueueAsync(
        HttpContext http,
        ChatService chat,
        Callers callers)
    {
        var caller = await callers.AgentAsync(http);
        var page = ListPage.Of(http.Request, sort: "queue");
        var queue = await chat.ReadQueueAsync(caller, page.After?.Key, page.Offset, page.Size + 1, http.RequestAborted);
        var entries = page.Take(http, queue, entry => new ListPoint(default, entry.Key));
        await JsonPieces.WriteListAsync(http, entries, QueueEntryBody.From, Json.Wire.QueueEntryBody);
    }

    private static async Task ListAsync(
        HttpContext http,
        ChatService chat,
        Callers callers)
    {
        var (caller, agentId) = await callers.ListerAsync(http);
        var statuses = Statuses(http.Request);
        var isByActivity = IsByActivity(http.Request);
        var page = ListPage.Of(http.Request, isByActivity ? "activity" : "created");
        var found = await chat.ListAsync(
            caller,
            new ConversationFilter(agentId, statuses),
            new ConversationOrder(isByActivity, page.Offset, page.After),
            page.Size + 1,
            http.RequestAborted);
        var conversations = page.Take(http, found, listed => new ListPoint(listed.ListedAt, listed.Key));
        await JsonPieces.WriteListAsync(http, conversations, ListedConversationBody.From, Json.Wire.ListedConversationBody);
    }

    private static async Task<JsonAnswer<ConversationBody>> AcceptAsync(
        HttpContext http,
        ChatService chat,
        Callers callers,
        string id)
    {
        var conversationId = ConversationEndpoints.ConversationId(id);
        var request = await JsonBody.ReadOptionalAsync(http, Json.Wire.AcceptRequest);
        var caller = await callers.AgentAsync(http, request?.AgentId);
        var errors = new FieldErrors();
        var agent = AgentOf(errors, caller, request?.DisplayName);
        errors.ThrowIfAny();
        return ConversationEndpoints.Ok(await chat.AcceptAsync(caller, conversationId, agent, http.RequestAborted));
    }

    /// <summary>The agent that the caller is or names, with the name that is given, else the one that is known.</summary>
    private static Agent AgentOf(FieldErrors errors, Caller caller, string? displayName)
    {
        var (id, name) = caller switch
        {
            KnownAgentCaller known => (known.Id, known.DisplayName),
            NamingBackendCaller backend => (backend.Id, null),
            _ => (null, null),
        };
        return new Agent(
            errors.Required("agentId", id, Limits.Id),
            errors.Optional("displayName", displayName, Limits.DisplayName) ?? name);
    }

    private static bool IsByActivity(HttpRequest request) => request.Query["sort"].ToString() switch
    {
        "" or "activity" => true,
        "created" => false,
        _ => throw new ChatException(ChatError.Validation("sort", "must be activity or created")),
    };

    /// <summary><c>status=A,B</c> or <c>status=A&amp;status=B</c>.</summary>
    private static HashSet<ConversationStatus> Statuses(HttpRequest request)
    {
        var errors = new FieldErrors();
        var statuses = new HashSet<ConversationStatus>();
        foreach (var word in request.Query["status"].SelectMany(v => (v ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)))
        {
            switch (word.ToUpperInvariant())
            {
                case "QUEUED": statuses.Add(ConversationStatus.Queued); break;
                case "ASSIGNED": statuses.Add(ConversationStatus.Assigned); break;
                case "CONNECTED": statuses.Add(ConversationStatus.Connected); break;
                case "CLOSED": statuses.Add(ConversationStatus.Closed); break;
                default: errors.Add("status", "must be of QUEUED, ASSIGNED, CONNECTED, CLOSED"); break;
            }
        }

        errors.ThrowIfAny();
        return statuses;
    }
}
