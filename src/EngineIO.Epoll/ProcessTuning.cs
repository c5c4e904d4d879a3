namespace EngineIO.Epoll;

/// <summary>
/// What inline sockets need of the runtime and what it has for the whole process only, and reads once: when sockets and the thread pool
/// are first used, which is after an application has been put together. What the environment says already wins.
/// </summary>
internal static class ProcessTuning
{
    public static void Apply()
    {
        // On Linux the web server's sockets are not the framework's, and those of others, such as clients of databases, stay as they are.
        const string Completions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";
        if (!OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable(Completions) is null)
            Environment.SetEnvironmentVariable(Completions, "1");

        // A thread of the pool that has nothing to do sleeps at once: the work is done by others, whose time its spinning takes.
        const string Spinning = "System.Threading.ThreadPool.UnfairSemaphoreSpinLimit";
        if (AppContext.GetData(Spinning) is null)
            AppContext.SetData(Spinning, "0");
    }
}
