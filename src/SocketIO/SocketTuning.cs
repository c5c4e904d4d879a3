namespace SocketIO;

/// <summary>
/// Settings of the process that make small messages cheap: the thread that learns of a message also handles it and writes
/// the answer, and idle threads sleep instead of spinning. The price is that whatever runs there must not block, since
/// other connections wait for the same thread: applications whose handlers may block leave <c>UseInlineSockets</c>
/// out or set <see cref="SocketIOOptions.HandlerScheduling"/>.
/// </summary>
public static class SocketTuning
{
    /// <summary>
    /// Sets what the runtime reads once, when sockets and thread pool are first used: so call it first thing in the program. What
    /// the environment says already wins.
    /// </summary>
    public static void Apply()
    {
        // On Linux the web server's sockets are not the framework's, and those of others, such as clients of databases, stay as they are.
        const string Completions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";
        if (!OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable(Completions) is null)
            Environment.SetEnvironmentVariable(Completions, "1");

        const string Spinning = "System.Threading.ThreadPool.UnfairSemaphoreSpinLimit";
        if (AppContext.GetData(Spinning) is null)
            AppContext.SetData(Spinning, "0");
    }
}
