using System.Text;
using LiveChat.Tests.Engines;
using LiveChat.Tests.Support;

namespace LiveChat.Tests.Bus;

/// <summary>A Redis that answers and refuses stops the start, with one line that names no secret.</summary>
public sealed class RedisStartTests
{
    [Fact]
    public async Task A_password_that_is_missing_or_wrong_is_refused()
    {
        await using var redis = await RedisServer.StartAsync("--requirepass", "right-secret");

        Assert.Contains("NOAUTH", await RefusalAsync(redis.Endpoint), StringComparison.Ordinal);
        Assert.Contains("WRONGPASS", await RefusalAsync($"{redis.Endpoint},password=wrong-secret"), StringComparison.Ordinal);
        await using var good = await StartAsync($"{redis.Endpoint},password=right-secret");
        Assert.True(good.Bus.IsUp);
    }

    [Fact]
    public async Task A_user_whose_password_is_wrong_does_not_go_on_as_the_default_one()
    {
        await using var redis = await RedisServer.StartAsync();
        await redis.CommandAsync("ACL", "SETUSER", "chat", "on", ">right-secret", "+@all", "~*", "&*");

        Assert.Contains("user or the password", await RefusalAsync($"{redis.Endpoint},user=chat,password=wrong-secret"), StringComparison.Ordinal);
        await using var good = await StartAsync($"{redis.Endpoint},user=chat,password=right-secret");
        Assert.True(good.Bus.IsUp);
    }

    [Theory]
    [InlineData("-ssubscribe", "&*")]
    [InlineData("-spublish", "&*")]
    [InlineData("+@all", "&others:*")]
    public async Task A_user_without_the_right_to_publish_or_subscribe_is_refused(string commands, string channels)
    {
        await using var redis = await RedisServer.StartAsync();
        await redis.CommandAsync("ACL", "SETUSER", "chat", "on", ">right-secret", "+@all", commands, "~*", "resetchannels", channels);

        Assert.Contains("NOPERM", await RefusalAsync($"{redis.Endpoint},user=chat,password=right-secret"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_user_that_may_do_what_is_needed_is_enough()
    {
        await using var redis = await RedisServer.StartAsync();
        await redis.CommandAsync(
            "ACL", "SETUSER", "chat", "on", ">right-secret", "+@connection", "+@pubsub", "+info", "resetkeys", "resetchannels", "&chat:*");

        await using var node = await StartAsync($"{redis.Endpoint},user=chat,password=right-secret", "chat");

        await Waiting.Until(() => node.Bus.IsUp);
    }

    [Fact]
    public async Task A_Redis_before_version_7_is_refused()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var old = new TcpProxy(redis.Port, answer =>
        {
            foreach (var name in new[] { "redis_version:", "version\r\n$6\r\n" })
            {
                if (answer.Span.IndexOf(Encoding.ASCII.GetBytes(name)) is var at and >= 0)
                    answer.Span[at + name.Length] = (byte)'6';
            }
        });

        Assert.Contains("too old", await RefusalAsync($"127.0.0.1:{old.Port}"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1:6379,nonsense=1", "not understood")]
    [InlineData("password=right-secret", "names no server")]
    public async Task A_connection_string_that_is_none_is_refused(string connectionString, string said) =>
        Assert.Contains(said, await RefusalAsync(connectionString), StringComparison.Ordinal);

    private static Task<BusNode> StartAsync(string connectionString, string prefix = "lc") =>
        BusNode.StartAsync(metrics => (RedisBusEngine.Connect(connectionString, metrics, prefix), null));

    private static async Task<string> RefusalAsync(string connectionString)
    {
        var refusal = await Assert.ThrowsAsync<StartException>(() => StartAsync(connectionString));
        Assert.DoesNotContain("-secret", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal.Message);
        return refusal.Message;
    }
}
