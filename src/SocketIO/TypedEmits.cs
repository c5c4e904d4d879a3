using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace SocketIO;

/// <summary>Emits whose acknowledgement is converted. Limits and exceptions are those of <see cref="ISocket.EmitWithAckAsync(string, EventArguments, TimeSpan?, CancellationToken)"/>.</summary>
public static class TypedEmits
{
    /// <summary>Emits an event with one argument and converts the first argument of the acknowledgement, its binary values included.</summary>
    /// <exception cref="JsonException">The acknowledgement has no argument, or one that does not fit.</exception>
    public static Task<TAnswer?> EmitWithAckAsync<T, TAnswer>(
        this ISocket socket, string eventName, T value, JsonTypeInfo<T> type, JsonTypeInfo<TAnswer> answerType,
        TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        socket.EmitWithAckAsync(eventName, new EventArguments().Add(value, type), answerType, timeout, cancellationToken);

    /// <summary>Emits an event with any arguments and converts the first argument of the acknowledgement, its binary values included.</summary>
    /// <exception cref="JsonException">The acknowledgement has no argument, or one that does not fit.</exception>
    public static async Task<TAnswer?> EmitWithAckAsync<TAnswer>(
        this ISocket socket, string eventName, EventArguments arguments, JsonTypeInfo<TAnswer> answerType,
        TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        var answer = await socket.EmitWithAckAsync(eventName, arguments, timeout, cancellationToken);
        return answer.Get(0, answerType);
    }
}
