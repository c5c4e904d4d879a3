using System.Buffers;
using System.Text.Json.Serialization.Metadata;
using SocketIO.Protocol;

namespace SocketIO;

/// <summary>The arguments of an event or an acknowledgement that is more than one JSON value. Built on one thread; once emitted it must not change.</summary>
public sealed class EventArguments
{
    private readonly ArrayBufferWriter<byte> _json = new();
    private List<ReadOnlyMemory<byte>>? _attachments;

    /// <summary>No arguments yet.</summary>
    public EventArguments()
    {
    }

    internal EventArguments(ReadOnlySpan<byte> json, IReadOnlyList<ReadOnlyMemory<byte>> attachments)
    {
        if (!json.IsEmpty)
            _json.Write(json);
        if (attachments.Count > 0)
            _attachments = [.. attachments];
    }

    /// <summary>The arguments as JSON, separated by commas.</summary>
    public ReadOnlyMemory<byte> Json => _json.WrittenMemory;

    /// <summary>The binary values that placeholders in <see cref="Json"/> stand for.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Attachments => _attachments ?? [];

    /// <summary>Takes over arguments as they were received, binary ones included.</summary>
    /// <param name="source">The event.</param>
    public static EventArguments From(SocketEvent source) => new(source.ArgumentsJson.Span, source.Attachments);

    /// <summary>Takes over an answer as it was received, binary values included.</summary>
    /// <param name="source">The acknowledgement.</param>
    public static EventArguments From(Acknowledgement source) => new(source.ArgumentsJson.Span, source.Attachments);

    /// <summary>Appends one argument.</summary>
    /// <param name="utf8Json">One JSON value, not checked.</param>
    public EventArguments Add(ReadOnlySpan<byte> utf8Json)
    {
        if (_json.WrittenCount > 0)
            _json.Write(","u8);
        _json.Write(utf8Json);
        return this;
    }

    /// <summary>Appends one argument. <see cref="Binary"/> values in it become attachments.</summary>
    public EventArguments Add<T>(T value, JsonTypeInfo<T> type)
    {
        var json = ValueJson.Write(value, type, ref _attachments);
        return Add(json);
    }

    /// <summary>Appends a binary argument.</summary>
    /// <param name="data">The bytes; not copied before the emit.</param>
    public EventArguments AddBinary(ReadOnlyMemory<byte> data)
    {
        _attachments ??= [];
        Add(System.Text.Encoding.UTF8.GetBytes($$"""{"_placeholder":true,"num":{{_attachments.Count}}}"""));
        _attachments.Add(data);
        return this;
    }
}
