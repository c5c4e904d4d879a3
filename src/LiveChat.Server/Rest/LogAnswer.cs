using System.Text.Json.Serialization.Metadata;

namespace LiveChat.Server.Rest;

/// <summary>
/// A page of a log as the answer. One with little text is written from memory. Of one with much only the bounds are kept, and its entries are
/// read again, a few at a time, as fast as the caller takes them: many callers who ask for large pages and read slowly must not hold
/// them all.
/// </summary>
internal static class LogAnswer
{
    /// <summary>The longest text, in UTF-16 units, that is kept for a caller.</summary>
    private const int MostText = 64 * 1024;

    /// <summary>How many entries are read at once of a page with more text than that.</summary>
    private const int Part = 8;

    public static async Task WriteAsync<TEntry, TBody>(
        HttpContext http,
        IReadOnlyList<TEntry> entries,
        Func<TEntry, TBody> bodyOf,
        JsonTypeInfo<TBody> type,
        Func<LogRange, Task<LogPage<TEntry>?>> read)
        where TEntry : ConversationEvent
    {
        if (entries.Sum(TextOf) <= MostText)
        {
            await JsonPieces.WriteListAsync(http, entries, bodyOf, type);
            return;
        }

        var (after, before) = (entries[0].Sequence - 1, entries[^1].Sequence + 1);
        entries = [];
        using var pieces = new JsonPieces(http);
        pieces.Json.WriteStartArray();

        // Null when the conversation was removed meanwhile.
        while (await read(new LogRange(after, before, Part)) is { Items: { Count: > 0 } part })
        {
            await pieces.AddAsync(part, bodyOf, type);
            after = part[^1].Sequence;
            if (after >= before - 1)
                break;

            // To the end of the pool's queue: many large answers must not keep everything else from its threads.
            await Task.Yield();
        }

        pieces.Json.WriteEndArray();
        await pieces.CompleteAsync();
    }

    private static int TextOf(ConversationEvent entry) => entry.Match(
        static message => message.Content.Length + (message.Metadata?.Length ?? 0),
        static transition => transition.Conversation.Metadata?.Length ?? 0);
}
