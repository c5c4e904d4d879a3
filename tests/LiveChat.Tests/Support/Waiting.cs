using System.Runtime.CompilerServices;

namespace LiveChat.Tests.Support;

/// <summary>Every wait of a test ends: a hang is a failure with the line where it hung.</summary>
public static class Waiting
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public static async Task Soon(
        this Task task,
        [CallerFilePath] string file = "",
        [CallerLineNumber] int line = 0)
    {
        if (await Task.WhenAny(task, Task.Delay(Limit)) != task)
            throw new TimeoutException($"Nothing happened within {Limit} at {file}:{line}.");
        await task;
    }

    public static async Task<T> Soon<T>(
        this Task<T> task,
        [CallerFilePath] string file = "",
        [CallerLineNumber] int line = 0)
    {
        await Soon((Task)task, file, line);
        return await task;
    }

    /// <summary>Asks until the answer is yes.</summary>
    public static async Task Until(
        Func<Task<bool>> condition,
        [CallerFilePath] string file = "",
        [CallerLineNumber] int line = 0)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (!await condition())
        {
            if (limit.IsCancellationRequested)
                throw new TimeoutException($"The condition at {file}:{line} did not come true within {Limit}.");
            await Task.Delay(5, CancellationToken.None);
        }
    }

    public static Task Until(
        Func<bool> condition,
        [CallerFilePath] string file = "",
        [CallerLineNumber] int line = 0) =>
        Until(() => Task.FromResult(condition()), file, line);
}
