using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using SocketIO.Protocol;

namespace SocketIO;

/// <summary>A client's answer to an event. Immutable, and may be kept.</summary>
public sealed class Acknowledgement
{
    private readonly IncomingPacket _packet;

    internal Acknowledgement(IncomingPacket packet)
    {
        if (packet.IsTooDeep)
            throw new JsonException($"The acknowledgement is nested deeper than {nameof(SocketIOOptions.MaxDepth)}.");
        _packet = packet;
        Arguments = ValueJson.Elements(packet.Json.Span, skip: 0);
    }

    /// <summary>The arguments; placeholders stand for binary values.</summary>
    public IReadOnlyList<JsonElement> Arguments { get; }

    /// <summary>The arguments as JSON, separated by commas.</summary>
    public ReadOnlyMemory<byte> ArgumentsJson => _packet.ArgumentsJson;

    /// <summary>The binary values.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Attachments => _packet.Attachments;

    /// <summary>Converts one argument; <see cref="Binary"/> values in it are taken from the attachments.</summary>
    /// <exception cref="JsonException">It does not fit the type, or there is no such argument.</exception>
    public T? Get<T>(int index, JsonTypeInfo<T> type) => index < Arguments.Count
        ? ValueJson.Read(Arguments[index], type, Attachments)
        : throw new JsonException($"Argument {index} is missing.");
}
