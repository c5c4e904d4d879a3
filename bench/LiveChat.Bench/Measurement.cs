using System.Diagnostics;

namespace LiveChat.Bench;

/// <summary>One run of one load on one backend.</summary>
/// <param name="Rate">Acknowledged messages a second.</param>
/// <param name="Cpu">Microseconds of the server's CPU per message.</param>
/// <param name="RedisCpu">Microseconds of Redis's, where there is one.</param>
/// <param name="Half">Milliseconds from POST to delivery on every socket, the median.</param>
/// <param name="Most">The same, of 99 in 100.</param>
internal sealed record Measurement(double Rate, double Cpu, double RedisCpu, double Half, double Most)
{
    /// <summary>Microseconds of PostgreSQL's CPU per message, where there is one.</summary>
    public double PostgresCpu { get; init; }

    /// <summary>Of PostgreSQL's transactions, per message.</summary>
    public double Commits { get; init; }

    /// <summary>PostgreSQL's transactions of all kinds, which are round trips, for each batch that our servers committed; 0 where they do not say.</summary>
    public double CommitsPerBatch { get; init; }

    public double CpuInAll => Cpu + RedisCpu + PostgresCpu;

    // A runtime that compiles what is used often does so in the first seconds.
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(8);

    public static async Task<Measurement> RunAsync(Backend backend, int conversations, bool withAgent, TimeSpan duration)
    {
        var results = new Results();
        var talks = new List<Talk>();
        try
        {
            for (var i = 0; i < conversations; i++)
                talks.Add(await Talk.StartAsync(backend, results, withAgent, i));
            talks.ForEach(talk => talk.Begin());
            await Task.Delay(WarmUp, TimeProvider.System);

            results.Reset();
            var (postgres, commits, batches) = (backend.PostgresCpu, CommitsOf(backend), await backend.BatchesAsync());
            var (count, cpu, redis, began) = (results.Count, backend.Cpu, backend.RedisCpu, Stopwatch.GetTimestamp());
            await Task.Delay(duration, TimeProvider.System);
            var (done, seconds) = (results.Count - count, Stopwatch.GetElapsedTime(began).TotalSeconds);
            var (used, usedByRedis, usedByPostgres) = (backend.Cpu - cpu, backend.RedisCpu - redis, backend.PostgresCpu - postgres);
            var (committed, written) = (CommitsOf(backend) - commits, await backend.BatchesAsync() - batches);
            results.ThrowIfFailed();
            results.Stop();
            return new Measurement(done / seconds, used / done, usedByRedis / done, results.Percentile(0.5), results.Percentile(0.99))
            {
                PostgresCpu = usedByPostgres / done,
                Commits = (double)committed / done,
                CommitsPerBatch = written == 0 ? 0 : (double)committed / written,
            };
        }
        finally
        {
            results.Stop();
            talks.ForEach(talk => talk.Dispose());
        }
    }

    private static long CommitsOf(Backend backend) =>
        backend.Postgres?.Ask("SELECT xact_commit FROM pg_stat_database WHERE datname = 'postgres'") ?? 0;

    public static Measurement Median(IReadOnlyList<Measurement> rounds)
    {
        return new Measurement(Of(m => m.Rate), Of(m => m.Cpu), Of(m => m.RedisCpu), Of(m => m.Half), Of(m => m.Most))
        {
            PostgresCpu = Of(m => m.PostgresCpu),
            Commits = Of(m => m.Commits),
            CommitsPerBatch = Of(m => m.CommitsPerBatch),
        };

        double Of(Func<Measurement, double> value) => rounds.Select(value).Order().ElementAt(rounds.Count / 2);
    }
}
