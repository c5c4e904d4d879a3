using LiveChat.Server.Security;
using LiveChat.Server.Wire;

namespace LiveChat.Server.Rest;

/// <summary>For who runs the server and who tries it out.</summary>
internal static class AdminEndpoints
{
    public const int DefaultSeed = 10;
    public const int LargestSeed = 1000;

    /// <summary>The visitors are made up: somebody acts for them.</summary>
    private static readonly UnnamedBackendCaller SeedCaller = new(ParticipantType.Customer);

    private static readonly string[] Names = ["Ada", "Ben", "Chidi", "Dana", "Emre", "Fatima", "Goran", "Hana", "Ivo", "Jamila"];

    public static void MapAdmin(this IEndpointRouteBuilder routes, AdminOptions options)
    {
        var admin = routes.MapGroup("/api/admin").WithMetadata(Access.Admins);
        if (options.Enabled is not true)
            return;

        if (options.SeedEnabled)
            admin.MapPost("/seed", SeedAsync);
        admin.MapPersons();
    }

    private static async Task<JsonAnswer<SeedResponse>> SeedAsync(HttpContext http, ChatService chat)
    {
        var request = await JsonBody.ReadOptionalAsync(http, Json.Wire.SeedRequest);
        var count = request?.Count ?? DefaultSeed;
        if (count is < 1 or > LargestSeed)
            throw new ChatException(ChatError.Validation("count", $"must be from 1 to {LargestSeed}"));

        var started = await Task.WhenAll(Enumerable.Range(0, count).Select(i => chat.StartAsync(
            SeedCaller,
            new Customer($"seed-{Guid.NewGuid()}", $"{Names[i % Names.Length]} {i + 1}", $"+000{i:D7}"),
            channel: null,
            metadata: null,
            proof: null,
            http.RequestAborted)));
        return JsonAnswer.Of(
            new SeedResponse(count, [.. started.Select(s => s.Conversation.Id)]),
            Json.Wire.SeedResponse,
            statusCode: StatusCodes.Status201Created);
    }
}
