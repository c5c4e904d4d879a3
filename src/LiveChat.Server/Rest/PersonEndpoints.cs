using System.Text.Json;
using LiveChat.Server.Security;
using LiveChat.Server.Wire;
using Microsoft.AspNetCore.Http.Features;

namespace LiveChat.Server.Rest;

/// <summary>What the operator does when a person asks what is kept of them, or that it be erased.</summary>
internal static class PersonEndpoints
{
    private const string Customers = "/customers/";
    private const string Export = "/export";

    /// <summary>How many entries of a log are in memory at once.</summary>
    private const int Page = 25;

    public static void MapPersons(this IEndpointRouteBuilder admin)
    {
        admin.MapDelete(Customers + "{fingerprint}", EraseAsync);
        admin.MapMethods(Customers + "{fingerprint}" + Export, ConversationEndpoints.Reading, ExportAsync);
    }

    private static async Task<JsonAnswer<Erasure>> EraseAsync(HttpContext http, PersonService persons, Callers callers, ILogger<PersonService> log)
    {
        var erased = await persons.EraseAsync(callers.Admin(http), Fingerprint(http), http.RequestAborted);
        RestLog.Erased(log, erased.Conversations, erased.Messages);
        return JsonAnswer.Of(erased, Json.Wire.Erasure);
    }

    private static async Task ExportAsync(HttpContext http, PersonService persons, Callers callers, IConversationStore store, IConversationLog log, TimeProvider clock)
    {
        var (customerId, cancellation) = (Fingerprint(http, Export), http.RequestAborted);

        // A store that cannot be read says so before the answer has begun.
        await store.FindActiveAsync(customerId, cancellation);
        using var pieces = new JsonPieces(http);
        var json = pieces.Json;
        json.WriteStartObject();
        json.WriteStartObject("customer");
        json.WriteString("id", customerId);
        json.WriteEndObject();
        json.WritePropertyName("exportedAt");
        JsonSerializer.Serialize(json, clock.GetUtcNow(), Json.Wire.DateTimeOffset);
        json.WriteStartArray("conversations");
        await foreach (var conversation in persons.ReadAsync(callers.Admin(http), customerId, cancellation))
        {
            json.WriteStartObject();
            json.WritePropertyName("conversation");
            JsonSerializer.Serialize(json, ConversationBody.From(conversation), Json.Wire.ConversationBody);
            json.WritePropertyName("metadata");
            CompactJson.WriteOrNull(json, conversation.Metadata);
            json.WriteStartArray("events");
            await WriteEventsAsync(pieces, log, conversation.Id, cancellation);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        await pieces.CompleteAsync();
    }

    private static async Task WriteEventsAsync(JsonPieces pieces, IConversationLog log, Guid conversationId, CancellationToken cancellationToken)
    {
        var after = 0L;
        LogPage<ConversationEvent>? page;
        do
        {
            page = await log.ReadEventsAsync(conversationId, new LogRange(after, Before: null, Page), cancellationToken);

            // It was removed while it was being exported.
            if (page is null)
                return;

            await pieces.AddAsync(page.Items, LogEntryBody.From, Json.Wire.LogEntryBody);
            if (page.Items.Count > 0)
                after = page.Items[^1].Sequence;
        }
        while (page.HasNewer && page.Items.Count > 0);
    }

    /// <summary>
    /// As the path has it: a value of the route would leave an encoded slash encoded, and fingerprints may hold one.
    /// </summary>
    private static string Fingerprint(HttpContext http, string suffix = "")
    {
        var path = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Split('?')[0].TrimEnd('/');
        var start = path.IndexOf(Customers, StringComparison.OrdinalIgnoreCase);
        if (start < 0)
            throw new ChatException(ChatError.NotFound);

        start += Customers.Length;
        var errors = new FieldErrors();
        var fingerprint = errors.Required("fingerprint", Uri.UnescapeDataString(path[start..^suffix.Length]), Limits.Id);
        errors.ThrowIfAny();
        return fingerprint;
    }
}
