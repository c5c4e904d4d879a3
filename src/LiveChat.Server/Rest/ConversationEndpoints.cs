using LiveChat.Server.Security;
using LiveChat.Server.Wire;

namespace LiveChat.Server.Rest;

/// <summary>What customers and agents do alike with a conversation: read it, write to it, say how far it was read, close it.</summary>
internal static class ConversationEndpoints
{
    public const int DefaultMessages = 50;
    public const int DefaultEvents = 200;

    /// <summary>Whoever may read may ask for the headers alone; the web server leaves the body out.</summary>
    public static readonly string[] Reading = [HttpMethods.Get, HttpMethods.Head];

    private const string IdempotencyHeader = "Idempotency-Key";

    public static async Task<JsonAnswer<ConversationBody>> GetAsync(HttpContext http, ChatService chat, Caller caller, string id)
    {
        var conversation = await chat.GetAsync(caller, ConversationId(id), http.RequestAborted);
        return Ok(conversation);
    }

    /// <summary>
    /// Takes a message. It is called more than all the others together, so it is what the framework calls itself, without the
    /// binding that is generated for those and the asynchronous layer of it.
    /// </summary>
    public static RequestDelegate Sending(IServiceProvider services, Func<Callers, HttpContext, SendMessageRequest, ValueTask<Caller>> caller)
    {
        var chat = services.GetRequiredService<ChatService>();
        var options = services.GetRequiredService<ChatOptions>();
        var callers = services.GetRequiredService<Callers>();
        return SendAsync;

        // 1 The endpoint binds and resolves the caller; the rules are ChatService's.
        async Task SendAsync(HttpContext http)
        {
            var conversationId = ConversationId((string)http.GetRouteValue("id")!);
            var request = await JsonBody.ReadAsync(http, Json.Wire.SendMessageRequest);
            var draft = new FieldErrors().Draft(request, options.Message, http.Request.Headers[IdempotencyHeader]);
            var sent = await chat.SendAsync(await caller(callers, http, request), conversationId, draft, http.RequestAborted);
            JsonAnswer.Write(
                http.Response,
                sent.Message,
                Json.Wire.Message,
                sent.Repeated ? StatusCodes.Status200OK : StatusCodes.Status201Created);
        }
    }

    public static async Task ReadMessagesAsync(HttpContext http, ChatService chat, IConversationLog log, Caller caller, string id)
    {
        var conversationId = ConversationId(id);
        var range = Paging.Range(http.Request, DefaultMessages);
        var page = await chat.ReadMessagesAsync(caller, conversationId, range, http.RequestAborted);
        Paging.Link(http, page, range);
        await LogAnswer.WriteAsync(
            http, page.Items, static message => message, Json.Wire.Message, part => log.ReadMessagesAsync(conversationId, part, http.RequestAborted));
    }

    public static async Task ReadEventsAsync(HttpContext http, ChatService chat, IConversationLog log, Caller caller, string id)
    {
        var conversationId = ConversationId(id);
        var range = Paging.Range(http.Request, DefaultEvents);

        // A log is read from its beginning; only who asks for what came before something reads it from the end.
        if (range is { After: null, Before: null })
            range = range with { After = 0 };
        var page = await chat.ReadEventsAsync(caller, conversationId, range, http.RequestAborted);
        Paging.Link(http, page, range);
        await LogAnswer.WriteAsync(
            http, page.Items, LogEntryBody.From, Json.Wire.LogEntryBody, part => log.ReadEventsAsync(conversationId, part, http.RequestAborted));
    }

    /// <summary>Takes how far somebody has read, and answers nothing.</summary>
    public static async Task ReadAsync(HttpContext http, ChatService chat, Func<ReadRequest, ValueTask<Caller>> caller, string id)
    {
        var conversationId = ConversationId(id);
        var request = await JsonBody.ReadAsync(http, Json.Wire.ReadRequest);
        var sequence = new FieldErrors().Sequence(request);
        await chat.ReadAsync(await caller(request), conversationId, sequence, http.RequestAborted);
        http.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    public static async Task<JsonAnswer<ConversationBody>> CloseAsync(
        HttpContext http,
        ChatService chat,
        Func<CloseRequest?, ValueTask<Caller>> caller,
        string id)
    {
        var conversationId = ConversationId(id);
        var request = await JsonBody.ReadOptionalAsync(http, Json.Wire.CloseRequest);
        var errors = new FieldErrors();
        var reason = errors.Optional("reason", request?.Reason, Limits.Reason);
        errors.ThrowIfAny();
        return Ok(await chat.CloseAsync(await caller(request), conversationId, reason, http.RequestAborted));
    }

    public static Guid ConversationId(string id)
    {
        var errors = new FieldErrors();
        var conversationId = errors.ConversationId("conversationId", id);
        errors.ThrowIfAny();
        return conversationId;
    }

    public static JsonAnswer<ConversationBody> Ok(Conversation conversation) =>
        JsonAnswer.Of(ConversationBody.From(conversation), Json.Wire.ConversationBody);
}
