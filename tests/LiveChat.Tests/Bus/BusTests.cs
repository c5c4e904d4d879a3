using LiveChat.Server.Realtime.Bus;

namespace LiveChat.Tests.Bus;

public sealed class InProcessBusTests : BusConformance
{
    private protected override Task<(BusNode One, BusNode Two)> ConnectAsync()
    {
        var node = BusNode.InProcess();
        return Task.FromResult((node, node));
    }
}

public sealed class PostgresBusTests : ClusterBusConformance
{
    private protected override Task<IBusEngine> SharedAsync() => PostgresBusEngine.SharedAsync();

    private protected override Task<IBusEngine> OwnAsync() => PostgresBusEngine.StartAsync();
}

/// <summary>The engine of a class, which is started by the first test that needs it.</summary>
public sealed class BusEngineFixture : IAsyncDisposable
{
    private readonly SemaphoreSlim _gate = new(1);
    private IBusEngine? _engine;

    internal async Task<IBusEngine> GetAsync(Func<Task<IBusEngine>> start)
    {
        await _gate.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            return new Borrowed(_engine ??= await start());
        }
        finally
        {
            _gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_engine is not null)
            await _engine.DisposeAsync();
        _gate.Dispose();
    }

    /// <summary>Who borrows it does not end it.</summary>
    private sealed class Borrowed(IBusEngine engine) : IBusEngine
    {
        public IBusTransport Connect(BusMetrics metrics, string prefix) => engine.Connect(metrics, prefix);

        public Task KillAsync() => throw new NotSupportedException();

        public Task ReturnAsync() => throw new NotSupportedException();

        public TimeSpan Cpu => engine.Cpu;

        public void Freeze() => throw new NotSupportedException();

        public void Thaw() => throw new NotSupportedException();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

public sealed class RedisBusTests(BusEngineFixture fixture) : ClusterBusConformance, IClassFixture<BusEngineFixture>
{
    private protected override Task<IBusEngine> SharedAsync() => fixture.GetAsync(RedisBusEngine.StartAsync);

    private protected override Task<IBusEngine> OwnAsync() => RedisBusEngine.StartAsync();
}

public sealed class RedisClusterBusTests(BusEngineFixture fixture) : ClusterBusConformance, IClassFixture<BusEngineFixture>
{
    private protected override Task<IBusEngine> SharedAsync() => fixture.GetAsync(RedisClusterBusEngine.StartAsync);

    private protected override Task<IBusEngine> OwnAsync() => RedisClusterBusEngine.StartAsync();
}

public sealed class RedisSentinelBusTests(BusEngineFixture fixture) : ClusterBusConformance, IClassFixture<BusEngineFixture>
{
    private protected override Task<IBusEngine> SharedAsync() => fixture.GetAsync(RedisSentinelBusEngine.StartAsync);

    private protected override Task<IBusEngine> OwnAsync() => RedisSentinelBusEngine.StartAsync();
}
