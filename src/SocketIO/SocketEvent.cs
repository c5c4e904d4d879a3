using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.DependencyInjection;
using SocketIO.Protocol;

namespace SocketIO;

/// <summary>An event from a client. It may be kept after the handler has completed, all but <see cref="Services"/>, and acknowledged later, from any thread.</summary>
public sealed class SocketEvent
{
    private readonly Socket _socket;
    private readonly IncomingPacket _packet;
    private IReadOnlyList<JsonElement>? _arguments;
    private AsyncServiceScope? _scope;
    private int _acknowledged;

    internal SocketEvent(Socket socket, IncomingPacket packet)
    {
        _socket = socket;
        _packet = packet;
        Bytes = packet.Json.Length;
        for (var i = 0; i < packet.Attachments.Count; i++)
            Bytes += packet.Attachments[i].Length;
    }

    /// <summary>The socket that it came from.</summary>
    public ISocket Socket => _socket;

    /// <summary>The event's name.</summary>
    public string Name => _packet.EventName;

    /// <summary>The arguments; placeholders stand for binary values. Parsed on first use.</summary>
    public IReadOnlyList<JsonElement> Arguments => _arguments ??= ValueJson.Elements(_packet.Json.Span, skip: 1);

    /// <summary>The arguments as JSON, separated by commas: cheaper than <see cref="Arguments"/> where they are passed on.</summary>
    public ReadOnlyMemory<byte> ArgumentsJson => _packet.ArgumentsJson;

    /// <summary>The binary values.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Attachments => _packet.Attachments;

    /// <summary>Whether the client waits for an acknowledgement.</summary>
    public bool AckRequested => _packet.Id is not null;

    /// <summary>Services of a scope of this event's own, which ends with its handler.</summary>
    public IServiceProvider Services => (_scope ??= _socket.Server.Services.CreateAsyncScope()).ServiceProvider;

    internal Namespace Home => _socket.Home;

    /// <summary>Whether its arguments were nested too deep to be kept.</summary>
    internal bool IsTooDeep => _packet.IsTooDeep;

    /// <summary>What it holds while it waits: its JSON and what is attached to it.</summary>
    internal int Bytes { get; }

    /// <summary>Converts one argument; <see cref="Binary"/> values in it are taken from the attachments.</summary>
    /// <exception cref="JsonException">It does not fit the type, or there is no such argument.</exception>
    public T? Get<T>(int index, JsonTypeInfo<T> type)
    {
        if (index == 0)
            return ValueJson.ReadFirst(ArgumentsJson.Span, type, Attachments);
        if (index >= Arguments.Count)
            throw new JsonException($"Argument {index} is missing.");
        return ValueJson.Read(Arguments[index], type, Attachments);
    }

    /// <summary>Converts one argument for a typed handler.</summary>
    /// <exception cref="InvalidEventException">It does not fit, or is missing.</exception>
    internal T Bind<T>(int index, JsonTypeInfo<T> type)
    {
        Exception? cause = null;
        try
        {
            // A null is fine for an int?, but a handler of a class cannot say whether it wants one.
            var value = Get(index, type);
            if (value is not null || typeof(T).IsValueType)
                return value!;
        }
        catch (JsonException exception)
        {
            cause = exception;
        }
        catch (InvalidOperationException exception)
        {
            // A string with a lone surrogate.
            cause = exception;
        }

        throw _socket.Server.Invalid(this, InvalidEventReason.BadArgument, cause);
    }

    /// <summary>Acknowledges without arguments. Only the first acknowledgement is sent, and none where none was asked for.</summary>
    public void Ack() => Send(default, []);

    /// <summary>Acknowledges with one argument.</summary>
    /// <param name="utf8Json">One JSON value, not checked.</param>
    public void Ack(ReadOnlyMemory<byte> utf8Json) => Send(utf8Json.Span, []);

    /// <summary>Acknowledges with one argument.</summary>
    public void Ack<T>(T value, JsonTypeInfo<T> type)
    {
        if (!AckRequested)
            return;
        List<ReadOnlyMemory<byte>>? attachments = null;
        var json = ValueJson.Write(value, type, ref attachments);
        Send(json, attachments ?? []);
    }

    /// <summary>Acknowledges with any arguments.</summary>
    public void Ack(EventArguments arguments) => Send(arguments.Json.Span, arguments.Attachments);

    internal ValueTask EndScopeAsync() => _scope is { } scope ? scope.DisposeAsync() : default;

    internal bool HasScope => _scope is not null;

    private void Send(ReadOnlySpan<byte> json, IReadOnlyList<ReadOnlyMemory<byte>> attachments)
    {
        if (_packet.Id is { } id && Interlocked.Exchange(ref _acknowledged, 1) == 0)
            _socket.SendAck(id, json, attachments);
    }
}
