namespace SocketIO;

/// <summary>Where event handlers start.</summary>
public enum HandlerScheduling
{
    /// <summary>On the thread that read the event: cheapest, for handlers that await whatever takes long.</summary>
    Inline,

    /// <summary>On the thread pool: for handlers that may block, which then delay neither heartbeats nor other connections.</summary>
    ThreadPool,
}
