using System.Collections.Concurrent;
using EngineIO.Epoll;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using SocketIO.Tests.Kit;

namespace SocketIO.Tests.Engine;

/// <summary>Work that is posted to the threads that serve connections. The clock stands still: the thread pool comes to help only where a test moves it.</summary>
public sealed class EventLoopsTests : IDisposable
{
    private static readonly AsyncLocal<string?> Ambient = new();

    private readonly ErrorSink _errors = new();
    private readonly LoggerFactory _loggers = new();
    private readonly FakeTimeProvider _clock = new();
    private readonly ManualResetEventSlim _release = new();
    private readonly EpollLoops _loops;

    public EventLoopsTests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "epoll is Linux's.");
        _loggers.AddProvider(_errors);
        _loops = new EpollLoops(_loggers, _clock);
        _ = _loops.All;
    }

    public void Dispose()
    {
        _release.Set();
        _loops?.Dispose();
        _loggers.Dispose();
        _release.Dispose();
        _errors.Verify();
    }

    [Fact]
    public async Task Work_runs_on_a_loop_in_the_order_of_its_posting_while_the_other_loops_are_kept()
    {
        const int Count = 1000;
        await KeepAsync(_loops.All.Length - 1);
        var seen = new List<(int Number, string? Thread)>();
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        for (var i = 0; i < Count; i++)
        {
            var number = i;
            Post(() =>
            {
                seen.Add((number, Thread.CurrentThread.Name));
                if (number == Count - 1)
                    done.SetResult();
            });
        }

        await done.Task.Bounded();
        Assert.Equal(Enumerable.Range(0, Count), seen.Select(s => s.Number));
        Assert.All(seen, s => Assert.StartsWith("epoll", s.Thread, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_loop_that_is_about_to_sleep_or_does_is_woken_each_time()
    {
        await KeepAsync(_loops.All.Length - 1);
        for (var i = 0; i < 20_000; i++)
            await RunAsync(() => { }).Bounded();
    }

    [Fact]
    public async Task What_many_threads_post_at_once_runs_once_each()
    {
        const int Each = 20_000;
        var runs = new int[4 * Each];
        var left = runs.Length;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(poster => Task.Run(
            () =>
            {
                for (var i = 0; i < Each; i++)
                {
                    var number = (poster * Each) + i;
                    Post(() =>
                    {
                        Interlocked.Increment(ref runs[number]);
                        if (Interlocked.Decrement(ref left) == 0)
                            done.SetResult();
                    });
                }
            },
            TestContext.Current.CancellationToken))).Bounded();

        await done.Task.Bounded();
        Assert.All(runs, times => Assert.Equal(1, times));
    }

    [Fact]
    public async Task Where_every_loop_is_kept_the_pool_runs_it_after_a_while()
    {
        await KeepAsync(_loops.All.Length);
        var first = RunAsync(() => Assert.True(Thread.CurrentThread.IsThreadPoolThread));
        await AdvanceUntilAsync(first);

        var second = RunAsync(() => Assert.True(Thread.CurrentThread.IsThreadPoolThread));
        await AdvanceUntilAsync(second);
    }

    [Fact]
    public async Task What_waits_when_the_loops_are_stopped_and_what_comes_later_runs_on_the_pool()
    {
        await KeepAsync(_loops.All.Length);
        var waiting = RunAsync(() => Assert.True(Thread.CurrentThread.IsThreadPoolThread));
        var stopping = Task.Run(_loops.Dispose, TestContext.Current.CancellationToken);
        await waiting.Bounded();

        await RunAsync(() => Assert.True(Thread.CurrentThread.IsThreadPoolThread)).Bounded();
        _release.Set();
        await stopping.Bounded();
        await RunAsync(() => Assert.True(Thread.CurrentThread.IsThreadPoolThread)).Bounded();
    }

    [Fact]
    public async Task Before_the_first_listener_it_runs_on_the_pool()
    {
        using var loops = new EpollLoops(_loggers, _clock);
        var ran = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);

        loops.Post(new Work(() => ran.SetResult(Thread.CurrentThread.IsThreadPoolThread)));

        Assert.True(await ran.Task.Bounded());
    }

    [Fact]
    public async Task Work_that_throws_is_logged_and_the_next_runs()
    {
        Post(() => throw new InvalidOperationException("a fault of the work"));
        await RunAsync(() => { }).Bounded();

        await Bounds.Until(() => Record.Exception(_errors.Verify) is { } logged && logged.Message.Contains("a fault of the work", StringComparison.Ordinal));
        _errors.Allowed = true;
    }

    [Fact]
    public async Task Ambient_state_goes_neither_from_the_poster_nor_to_the_next_work()
    {
        await KeepAsync(_loops.All.Length - 1);
        Ambient.Value = "the poster's";
        var seen = new ConcurrentQueue<string?>();
        for (var i = 0; i < 100; i++)
        {
            Post(() =>
            {
                seen.Enqueue(Ambient.Value);
                Ambient.Value = "a former work's";
            });
        }

        await RunAsync(() => { }).Bounded();
        Assert.Equal(100, seen.Count);
        Assert.All(seen, Assert.Null);
    }

    [Fact]
    public async Task Work_without_end_does_not_keep_connections_waiting()
    {
        await using var server = await TestServer.StartAsync(inlineSockets: true);
        var loops = server.Services.GetRequiredService<IEventLoops>();
        using var enough = new CancellationTokenSource();
        for (var i = 0; i < 2 * Environment.ProcessorCount; i++)
            loops.Post(new Work(Again));

        for (var i = 0; i < 20; i++)
        {
            using var client = server.Polling();
            await client.OpenAsync().Bounded();
        }

        await enough.CancelAsync();

        void Again()
        {
            if (!enough.IsCancellationRequested)
                loops.Post(new Work(Again));
        }
    }

    private void Post(Action work) => _loops.Post(new Work(work));

    private Task RunAsync(Action work)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(() =>
        {
            try
            {
                work();
                done.SetResult();
            }
            catch (Exception exception)
            {
                done.SetException(exception);
            }
        });
        return done.Task;
    }

    /// <summary>Keeps as many loops busy until the end of the test, or of the wait.</summary>
    private async Task KeepAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var kept = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Post(() =>
            {
                kept.SetResult();
                _release.Wait(TimeSpan.FromSeconds(20));
            });
            await kept.Task.Bounded();
        }
    }

    private async Task AdvanceUntilAsync(Task done)
    {
        await Bounds.Until(() =>
        {
            _clock.Advance(TimeSpan.FromMilliseconds(20));
            return done.IsCompleted;
        });
        await done;
    }

    private sealed class Work(Action run) : IThreadPoolWorkItem
    {
        public void Execute() => run();
    }
}
