namespace SocketIO;

/// <summary>Why an event cannot be given to its handler.</summary>
public enum InvalidEventReason
{
    /// <summary>An argument is missing, or is not of the type that the handler takes.</summary>
    BadArgument,

    /// <summary>The arguments are nested deeper than <see cref="SocketIOOptions.MaxDepth"/>. They were not kept: the event has none.</summary>
    TooDeep,
}

/// <summary>
/// Comes out of the <c>next</c> of a <see cref="SocketEventMiddleware"/> in place of handling an event that no handler can be given.
/// One that no middleware catches is counted, logged at debug level, and acknowledged, if that was asked for, with
/// <c>{"error":{"code":"bad_argument","message":…}}</c>. It costs the client nothing else.
/// </summary>
public sealed class InvalidEventException : Exception
{
    internal InvalidEventException(InvalidEventReason reason, Exception? cause = null)
        : base(reason == InvalidEventReason.TooDeep ? "The arguments of the event are nested too deep." : "The argument of the event is not what it takes.", cause) =>
        Reason = reason;

    private InvalidEventException()
    {
    }

    private InvalidEventException(string message)
        : base(message)
    {
    }

    private InvalidEventException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Why.</summary>
    public InvalidEventReason Reason { get; }
}
