using LiveChat.Server.Security;
using LiveChat.Server.Wire;

namespace LiveChat.Server.Rest;

/// <summary>What a visitor's device calls.</summary>
internal static class CustomerEndpoints
{
    public static void MapCustomer(this IEndpointRouteBuilder routes)
    {
        var customer = routes.MapGroup("/api/customer");
        customer.MapPost("/sessions", StartAsync).WithMetadata(Access.Starting);

        var conversation = customer.MapGroup("/conversations/{id}").WithMetadata(Access.Customers);
        conversation.MapMethods("/", ConversationEndpoints.Reading, async (HttpContext http, ChatService chat, Callers callers, string id) =>
            await ConversationEndpoints.GetAsync(http, chat, await callers.CustomerAsync(http), id));
        conversation.MapPost("/messages", ConversationEndpoints.Sending(
            routes.ServiceProvider, static (callers, http, _) => callers.CustomerAsync(http)));
        conversation.MapMethods("/messages", ConversationEndpoints.Reading, async (HttpContext http, ChatService chat, IConversationLog log, Callers callers, string id) =>
            await ConversationEndpoints.ReadMessagesAsync(http, chat, log, await callers.CustomerAsync(http), id));
        conversation.MapMethods("/events", ConversationEndpoints.Reading, async (HttpContext http, ChatService chat, IConversationLog log, Callers callers, string id) =>
            await ConversationEndpoints.ReadEventsAsync(http, chat, log, await callers.CustomerAsync(http), id));
        conversation.MapPost("/read", (HttpContext http, ChatService chat, Callers callers, string id) =>
            ConversationEndpoints.ReadAsync(http, chat, _ => callers.CustomerAsync(http), id));
        conversation.MapPost("/close", (HttpContext http, ChatService chat, Callers callers, string id) =>
            ConversationEndpoints.CloseAsync(http, chat, _ => callers.CustomerAsync(http), id));
    }

    private static async Task<JsonAnswer<StartSessionResponse>> StartAsync(HttpContext http, ChatService chat, Callers callers, VisitorStart visitors, ChatOptions options)
    {
        var request = await JsonBody.ReadAsync(http, Json.Wire.StartSessionRequest);
        var principal = callers.PrincipalOf(http);
        var errors = new FieldErrors();
        var customer = new Customer(
            errors.Required("fingerprint", request.Fingerprint ?? principal.ParticipantId, Limits.Id),
            errors.Optional("displayName", request.DisplayName, Limits.DisplayName) ?? principal.DisplayName,
            errors.Optional("contact", request.Contact, Limits.Contact));
        var channel = errors.Optional("channel", request.Channel, Limits.Channel);
        var metadata = errors.Metadata("metadata", request.Metadata, options.Message.MaxMetadataBytes);
        errors.ThrowIfAny();

        var entry = await visitors.EnterAsync(http, customer.Id, request.IdentityHash);
        var (conversation, resumed) = await chat.StartAsync(entry.Caller, customer, channel, metadata, entry.Proof, http.RequestAborted);
        var token = visitors.TokenFor(entry, conversation);
        return JsonAnswer.Of(
            new StartSessionResponse(
                conversation.Id, conversation.Status, resumed, ConversationBody.From(conversation), token?.Token, token?.ExpiresAt),
            Json.Wire.StartSessionResponse);
    }
}
