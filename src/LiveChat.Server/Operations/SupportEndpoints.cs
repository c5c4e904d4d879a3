using System.Text.Json;
using LiveChat.Server.Realtime;
using LiveChat.Server.Realtime.Bus;
using LiveChat.Server.Rest;
using LiveChat.Server.Security;
using LiveChat.Server.Storage;
using LiveChat.Server.Wire;

namespace LiveChat.Server.Operations;

/// <summary>What somebody needs who is asked why a conversation went wrong, in one call, with nothing that anybody wrote in it.</summary>
internal static class SupportEndpoints
{
    /// <summary>How many entries of the log are in memory at once.</summary>
    private const int Page = 100;

    public static void MapSupport(this IEndpointRouteBuilder routes, AdminOptions options)
    {
        if (options.Enabled is true)
            routes.MapMethods("/api/admin/support/{id}", ConversationEndpoints.Reading, ReadAsync).WithMetadata(Access.Admins);
    }

    private static async Task ReadAsync(
        HttpContext http,
        ChatService chat,
        Callers callers,
        IStoreTotals totals,
        StorageOptions storage,
        RedisConnections redis,
        SocketLives sockets,
        ConversationLines lines,
        Uptime uptime,
        TimeProvider clock,
        string id)
    {
        var errors = new FieldErrors();
        var conversationId = errors.ConversationId("conversationId", id);
        errors.ThrowIfAny();

        // What can be refused is read before the answer has begun.
        var caller = callers.Admin(http);
        var page = await chat.InspectAsync(caller, conversationId, After(0), http.RequestAborted);
        var size = await totals.ReadSizeAsync(http.RequestAborted);
        var redisState = redis.Connection is { } connection && await RedisState.ReadAsync(connection) is { } state
            ? new SupportRedisBody(state.DbSize, state.UsedMemoryBytes, state.Version)
            : null;

        using var pieces = new JsonPieces(http);
        var json = pieces.Json;
        json.WriteStartObject();
        json.WritePropertyName("conversation");
        JsonSerializer.Serialize(json, SupportConversationBody.From(page.Conversation), Json.Wire.SupportConversationBody);
        json.WriteStartArray("events");
        while (true)
        {
            await pieces.AddAsync(page.Items, SupportEventBody.From, Json.Wire.SupportEventBody);
            if (!page.HasNewer)
                break;
            page = await chat.InspectAsync(caller, conversationId, After(page.Items[^1].Sequence), http.RequestAborted);
        }

        json.WriteEndArray();
        json.WriteStartArray("sockets");
        await pieces.AddAsync(sockets.Read(conversationId), BodyOf, Json.Wire.SupportSocketBody);
        json.WriteEndArray();
        json.WriteStartArray("logs");
        foreach (var line in lines.Read(conversationId))
            json.WriteStringValue(line);
        json.WriteEndArray();
        json.WritePropertyName("store");
        JsonSerializer.Serialize(
            json, new SupportStoreBody(storage.Provider.ToString()!, size.Bytes, size.Conversations, size.Messages), Json.Wire.SupportStoreBody);

        json.WritePropertyName("redis");
        JsonSerializer.Serialize(json, redisState, Json.Wire.SupportRedisBody!);
        json.WritePropertyName("server");
        JsonSerializer.Serialize(json, new SupportServerBody(BuildInfo.Version, uptime.StartedAt, clock.GetUtcNow()), Json.Wire.SupportServerBody);
        json.WriteEndObject();
        await pieces.CompleteAsync();
    }

    private static LogRange After(long sequence) => new(sequence, Before: null, Page);

    private static SupportSocketBody BodyOf(SocketLife life) =>
        new(life.ConnectedAt, life.DisconnectedAt, life.Reason, life.Role, life.Transport, life.Revision);
}
