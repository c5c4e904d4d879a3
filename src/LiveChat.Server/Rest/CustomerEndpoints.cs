using LiveChat.Server.Security;
using LiveChat.Server.Wire;

namespace LiveChat.Server.Rest;

/// <summary>What a visitor's device calls.</summary>
internal static class CustomerEndpoints
{
    public static void MapCustomer(this IEndpointRouteBuilder routes)
    {
        var customer = routes.MapGroup("/api/customer");
        customer.MapPost("/sessions", StartAsync);

        var conversation = customer.MapGroup("/conversations/{id}");
        conversation.MapMethods("/", ConversationEndpoints.Reading, (HttpContext http, ChatService chat, Callers callers, string id) =>
            ConversationEndpoints.GetAsync(http, chat, callers.Customer(http), id));
        conversation.MapPost("/messages", ConversationEndpoints.Sending(
            routes.ServiceProvider, static (callers, http, _) => callers.Customer(http)));
        conversation.MapMethods("/messages", ConversationEndpoints.Reading, (HttpContext http, ChatService chat, IConversationLog log, Callers callers, string id) =>
            ConversationEndpoints.ReadMessagesAsync(http, chat, log, callers.Customer(http), id));
        conversation.MapMethods("/events", ConversationEndpoints.Reading, (HttpContext http, ChatService chat, IConversationLog log, Callers callers, string id) =>
            ConversationEndpoints.ReadEventsAsync(http, chat, log, callers.Customer(http), id));
        conversation.MapPost("/close", (HttpContext http, ChatService chat, Callers callers, string id) =>
            ConversationEndpoints.CloseAsync(http, chat, _ => callers.Customer(http), id));
    }

    private static async Task<JsonAnswer<StartSessionResponse>> StartAsync(HttpContext http, ChatService chat, ChatOptions options)
    {
        var request = await JsonBody.ReadAsync(http, Json.Wire.StartSessionRequest);
        var errors = new FieldErrors();
        var customer = new Customer(
            errors.Required("fingerprint", request.Fingerprint, Limits.Id),
            errors.Optional("displayName", request.DisplayName, Limits.DisplayName),
            errors.Optional("contact", request.Contact, Limits.Contact));
        var channel = errors.Optional("channel", request.Channel, Limits.Channel);
        var metadata = errors.Metadata("metadata", request.Metadata, options.Message.MaxMetadataBytes);
        errors.ThrowIfAny();

        var (conversation, resumed) = await chat.StartAsync(customer, channel, metadata, http.RequestAborted);
        return JsonAnswer.Of(
            new StartSessionResponse(conversation.Id, conversation.Status, resumed, ConversationBody.From(conversation)),
            Json.Wire.StartSessionResponse);
    }
}
