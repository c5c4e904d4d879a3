using System.Collections.Concurrent;
using System.Text;
using SocketIO.Tests.Kit;

namespace SocketIO.PublicTests;

/// <summary>What runs around handlers, and handlers and listeners that come and go with a socket.</summary>
public class MiddlewareTests
{
    private static ValueTask Fine(SocketEvent received, CancellationToken cancellationToken)
    {
        received.Ack("\"fine\""u8.ToArray());
        return default;
    }

    [Fact]
    public async Task Middlewares_run_around_each_event_the_namespace_s_outside_and_the_first_outermost()
    {
        var seen = new ConcurrentQueue<string>();
        await using var server = await PublicServer.StartAsync(io => io.Of("/")
            .UseEvents(Noting("one"))
            .UseEvents(Noting("two"))
            .OnConnected((socket, _) =>
            {
                socket.UseEvents(Noting("own"));
                return default;
            })
            .On("x", Fine)
            .OnUnhandled(Fine));
        await using var socket = await server.ConnectAsync();
        foreach (var name in new[] { "x", "unknown" })
        {
            await socket.SendAsync($"421[\"{name}\"]");
            await socket.ExpectAsync("431[\"fine\"]");
            await Bounds.Until(() => seen.Count == 6);
            Assert.Equal(["one", "two", "own", "own done", "two done", "one done"], seen);
            seen.Clear();
        }

        SocketEventMiddleware Noting(string name) => async (received, next, token) =>
        {
            seen.Enqueue(name);
            await next(received, token);
            seen.Enqueue($"{name} done");
        };
    }

    [Fact]
    public async Task A_middleware_answers_for_handlers_that_fail_and_for_events_that_none_can_be_given()
    {
        await using var server = await PublicServer.StartAsync(io => io.Of("/")
            .UseEvents(async (received, next, token) =>
            {
                try
                {
                    await next(received, token);
                }
                catch (InvalidEventException exception)
                {
                    received.Ack(Encoding.UTF8.GetBytes($"\"{exception.Reason} {received.Arguments.Count}\""));
                }
                catch (InvalidOperationException exception)
                {
                    received.Ack(Encoding.UTF8.GetBytes($"\"{exception.Message}\""));
                }
            })
            .On("fails", (_, _) => throw new InvalidOperationException("sorry"))
            .On<int>("number", (_, _, _) => default));
        await using var socket = await server.ConnectAsync();
        await socket.SendAsync("421[\"fails\"]");
        await socket.ExpectAsync("431[\"sorry\"]");
        await socket.SendAsync("422[\"number\",\"x\"]");
        await socket.ExpectAsync("432[\"BadArgument 1\"]");
        await socket.SendAsync($"423[\"number\",{new string('[', 2000)}{new string(']', 2000)}]");
        await socket.ExpectAsync("433[\"TooDeep 0\"]");
    }

    [Fact]
    public async Task A_middleware_that_does_not_call_the_rest_drops_the_event()
    {
        var handled = 0;
        await using var server = await PublicServer.StartAsync(io => io.Of("/")
            .UseEvents((received, next, token) => received.Name == "no" ? default : next(received, token))
            .On("no", (_, _) =>
            {
                handled++;
                return default;
            })
            .On("yes", Fine));
        await using var socket = await server.ConnectAsync();
        await socket.SendAsync("421[\"no\"]");
        await socket.SendAsync("422[\"yes\"]");
        await socket.ExpectAsync("432[\"fine\"]");
        Assert.Equal(0, handled);
    }

    [Fact]
    public async Task Handlers_of_a_socket_come_and_go_while_it_is_connected()
    {
        await using var server = await PublicServer.StartAsync(io => io.Of("/")
            .On("x", Fine)
            .On<int>("begin", (received, _) =>
            {
                received.Socket.On("x", Own);
                received.Socket.On<int, int>("twice", (_, number, _) => ValueTask.FromResult(2 * number));
                Assert.Throws<InvalidOperationException>(() => received.Socket.On("x", Own));
                return ValueTask.FromResult(0);
            })
            .On<int>("end", (received, _) => ValueTask.FromResult(received.Socket.Off("x") && !received.Socket.Off("x") ? 1 : 0)));
        await using var socket = await server.ConnectAsync();
        await using var other = await server.ConnectAsync();
        foreach (var (sent, expected) in new[]
        {
            ("421[\"x\"]", "431[\"fine\"]"), ("422[\"begin\"]", "432[0]"), ("423[\"x\"]", "433[\"own\"]"), ("424[\"twice\",4]", "434[8]"),
            ("425[\"end\"]", "435[1]"), ("426[\"x\"]", "436[\"fine\"]"),
        })
        {
            await socket.SendAsync(sent);
            await socket.ExpectAsync(expected);
            await other.SendAsync("427[\"x\"]");
            await other.ExpectAsync("437[\"fine\"]");
        }

        static ValueTask Own(SocketEvent received, CancellationToken cancellationToken)
        {
            received.Ack("\"own\""u8.ToArray());
            return default;
        }
    }

    [Fact]
    public async Task Listeners_see_what_comes_and_what_goes_until_they_are_taken_away()
    {
        var seen = new ConcurrentQueue<string>();
        Action<SocketEvent> incoming = received => seen.Enqueue($"in {received.Name}");
        Action<OutgoingEvent> outgoing = sent =>
        {
            // A listener that emits does not disturb what is on its way.
            if (sent.Name == "first")
                seen.Enqueue(Encoding.UTF8.GetString(sent.ArgumentsJson.Span));
            seen.Enqueue($"out {sent.Name}");
        };
        await using var server = await PublicServer.StartAsync(io => io.Of("/")
            .OnAnyOutgoing((socket, sent) => seen.Enqueue($"namespace {sent.Name}"))
            .OnConnected((socket, _) =>
            {
                socket.OnAny(incoming);
                socket.OnAnyOutgoing(outgoing);
                return default;
            })
            .On("go", (received, _) =>
            {
                received.Socket.Emit("first", 1, AppJson.Default.Int32);
                received.Socket.Namespace.Emit("second", "2"u8.ToArray());
                Assert.True(received.Socket.OffAny(incoming) && received.Socket.OffAnyOutgoing(outgoing));
                Assert.False(received.Socket.OffAny(incoming) || received.Socket.OffAnyOutgoing(outgoing));
                received.Socket.Emit("third");
                return default;
            }));
        await using var socket = await server.ConnectAsync();
        await socket.SendAsync("42[\"go\"]");
        await socket.ExpectAsync("42[\"first\",1]");
        await socket.ExpectAsync("42[\"second\",2]");
        await socket.ExpectAsync("42[\"third\"]");
        Assert.Equal(["in go", "namespace first", "1", "out first", "namespace second", "out second", "namespace third"], seen);
    }

    [Theory]
    [InlineData("connect")]
    [InlineData("connect_error")]
    [InlineData("disconnect")]
    [InlineData("disconnecting")]
    [InlineData("newListener")]
    [InlineData("removeListener")]
    public async Task Reserved_names_are_neither_handled_nor_emitted(string name)
    {
        await using var server = await PublicServer.StartAsync(io =>
        {
            var fault = Assert.Throws<ArgumentException>(() => io.Of("/").On(name, Fine));
            Assert.Contains(name, fault.Message, StringComparison.Ordinal);
            io.Of("/").On<int>("go", async (received, token) =>
            {
                var socket = received.Socket;
                Assert.Throws<ArgumentException>(() => socket.On(name, Fine));
                Assert.Throws<ArgumentException>(() => socket.Emit(name));
                Assert.Throws<ArgumentException>(() => socket.EmitVolatile(name, new EventArguments()));
                Assert.Throws<ArgumentException>(() => socket.Namespace.Emit(name));
                Assert.Throws<ArgumentException>(() => socket.To("room").Emit(name));
                await Assert.ThrowsAsync<ArgumentException>(() => socket.EmitWithAckAsync(name, new EventArguments(), cancellationToken: token));
                await Assert.ThrowsAsync<ArgumentException>(() => socket.Namespace.EmitWithAckAsync(name, new EventArguments(), cancellationToken: token));
                return 1;
            });
        });
        await using var socket = await server.ConnectAsync();
        await socket.SendAsync("421[\"go\"]");
        await socket.ExpectAsync("431[1]");
    }
}
