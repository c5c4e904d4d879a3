using System.Text;

namespace LiveChat.Server.Wire;

/// <summary>Checks the fields of a request and collects what is wrong with them, so that one answer shows all of it.</summary>
internal sealed class FieldErrors
{
    private Dictionary<string, string[]>? _faults;

    /// <summary>A text that must be there: not blank, not longer than <paramref name="longest"/> UTF-16 units.</summary>
    public string Required(string field, string? value, int longest)
    {
        if (string.IsNullOrWhiteSpace(value))
        {
            Add(field, "is required");
            return "";
        }

        return Optional(field, value, longest) ?? "";
    }

    /// <summary>A text that may be missing; a blank one counts as missing.</summary>
    public string? Optional(string field, string? value, int longest)
    {
        if (string.IsNullOrWhiteSpace(value))
            return null;
        if (value.Length > longest)
            Add(field, $"must be at most {longest} characters long");
        else if (value.Contains('\0', StringComparison.Ordinal))
            Add(field, "must not contain a NUL character");
        else
            return value;
        return null;
    }

    /// <summary>A JSON object, given back compact.</summary>
    public string? Metadata(string field, RequestMetadata? value, int largest)
    {
        if (value is null)
            return null;
        if (value.Text is not { } text)
            Add(field, "must be a JSON object");
        else if (Encoding.UTF8.GetByteCount(text) > largest)
            Add(field, $"must be at most {largest} bytes of JSON");
        else if (!value.IsStorable)
            Add(field, "must not contain a NUL character or half a surrogate pair");
        else
            return text;
        return null;
    }

    public MessageDraft Draft(SendMessageRequest request, MessageOptions limits, string? idempotencyKey = null)
    {
        var content = Required("content", request.Content, limits.MaxLength);
        var metadata = Metadata("metadata", request.Metadata, limits.MaxMetadataBytes);
        var clientMessageId = Optional("clientMessageId", request.ClientMessageId, Limits.ClientMessageId);
        clientMessageId ??= Optional("Idempotency-Key", idempotencyKey, Limits.ClientMessageId);
        ThrowIfAny();
        return new MessageDraft(content, metadata, clientMessageId);
    }

    /// <summary>How far somebody has read.</summary>
    public long Sequence(ReadRequest request)
    {
        if (request.Sequence is not { } sequence)
            Add("sequence", "is required");
        else if (sequence < 0)
            Add("sequence", "must be a whole number of at least 0");
        ThrowIfAny();
        return request.Sequence!.Value;
    }

    /// <summary>A number in a query, or <paramref name="absent"/>.</summary>
    public long Number(string field, string? value, long absent, long least, long most)
    {
        if (string.IsNullOrEmpty(value))
            return absent;
        if (long.TryParse(value, System.Globalization.NumberStyles.None, null, out var number) && number >= least && number <= most)
            return number;

        Add(field, most == long.MaxValue ? $"must be a whole number of at least {least}" : $"must be a whole number from {least} to {most}");
        return absent;
    }

    public Guid ConversationId(string field, string? value)
    {
        if (Guid.TryParseExact(value, "D", out var id))
            return id;

        Add(field, "must be a UUID");
        return default;
    }

    public void Add(string field, string problem)
    {
        _faults ??= [];
        _faults[field] = _faults.TryGetValue(field, out var others) ? [.. others, problem] : [problem];
    }

    /// <exception cref="ChatException">With code <c>validation</c> and all that was added.</exception>
    public void ThrowIfAny()
    {
        if (_faults is null)
            return;

        var sentence = string.Join("; ", _faults.Select(f => $"{f.Key} {f.Value[0]}")) + ".";
        throw new ChatException(new ChatError(ErrorCodes.Validation, sentence, _faults));
    }
}
