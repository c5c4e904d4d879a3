using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;
using SocketIO.Tests.Kit;

namespace SocketIO.Tests.Sockets;

internal sealed record Note(string Text, int Count, Binary Data);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Note))]
[JsonSerializable(typeof(int))]
internal sealed partial class TestJson : JsonSerializerContext;

public class EventTests
{
    private static byte[] Json(string json) => Encoding.UTF8.GetBytes(json);

    [Fact]
    public async Task Binary_goes_and_comes_in_place_in_events_and_acknowledgements()
    {
        await using var server = await TestServer.StartAsync(register: io => io.Of("/")
            .On("event", (received, _) =>
            {
                received.Socket.Emit("back", EventArguments.From(received));
                return default;
            })
            .On("ack", (received, _) =>
            {
                received.Ack(EventArguments.From(received));
                return default;
            }));
        await using var socket = await server.ConnectAsync();
        await socket.SendAsync("452-[\"event\",{\"num\":1,\"_placeholder\":true},[{\"_placeholder\":true,\"num\":0}]]");
        await socket.SendAsync([1, 2, 3]);
        await socket.SendAsync(Array.Empty<byte>());
        await socket.ExpectAsync("452-[\"back\",{\"num\":1,\"_placeholder\":true},[{\"_placeholder\":true,\"num\":0}]]");
        Assert.Equal(new byte[] { 1, 2, 3 }, await socket.BinaryAsync());
        Assert.Equal(Array.Empty<byte>(), await socket.BinaryAsync());
        await socket.SendAsync("451-789[\"ack\",{\"_placeholder\":true,\"num\":0}]");
        await socket.SendAsync([4]);
        await socket.ExpectAsync("461-789[{\"_placeholder\":true,\"num\":0}]");
        Assert.Equal(new byte[] { 4 }, await socket.BinaryAsync());
        await socket.SendAsync("450-7[\"ack\",1]");
        await socket.ExpectAsync("437[1]");
        await socket.SendAsync("428[\"ack\"]");
        await socket.ExpectAsync("438[]");
    }

    [Fact]
    public async Task Typed_handlers_bind_their_argument_and_acknowledge_their_result()
    {
        await using var server = await TestServer.StartAsync(
            options => options.SerializerOptions = TestJson.Default.Options,
            io => io.Of("/")
                .On<Note, Note>("note", (_, note, _) => ValueTask.FromResult(note with { Count = note.Count + 1 }))
                .On<int>("number", (received, number, _) =>
                {
                    received.Socket.Emit("got", number, TestJson.Default.Int32);
                    return default;
                }));
        await using var socket = await server.ConnectAsync();
        await socket.SendAsync("451-1[\"note\",{\"text\":\"grüße \\u2028\",\"count\":1,\"data\":{\"_placeholder\":true,\"num\":0}},\"extra\"]");
        await socket.SendAsync([9, 8]);
        await socket.ExpectAsync("461-1[{\"text\":\"grüße \\u2028\",\"count\":2,\"data\":{\"_placeholder\":true,\"num\":0}}]");
        Assert.Equal(new byte[] { 9, 8 }, await socket.BinaryAsync());
        await socket.SendAsync("42[\"number\",41]");
        await socket.ExpectAsync("42[\"got\",41]");
        foreach (var bad in new[] { "\"text\"", "{}", "null", "2.5" })
        {
            await socket.SendAsync($"425[\"number\",{bad}]");
            Assert.StartsWith("435[{\"error\":{\"code\":\"bad_argument\"", await socket.TextAsync(), StringComparison.Ordinal);
        }

        await socket.SendAsync("426[\"number\"]");
        Assert.StartsWith("436[{\"error\":", await socket.TextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_event_at_a_time_in_order_while_heartbeats_and_acknowledgements_go_on()
    {
        var gate = new TaskCompletionSource();
        await using var server = await TestServer.StartAsync(register: io => io.Of("/")
            .On("wait", async (received, token) =>
            {
                await received.Socket.EmitWithAckAsync("ask", Json("1"), cancellationToken: token);
                received.Socket.Emit("answered");
                await gate.Task;
                received.Socket.Emit("first");
            })
            .On("next", (received, _) =>
            {
                received.Socket.Emit("second");
                return default;
            }));
        await using var socket = await server.ConnectAsync();
        await socket.SendAsync("42[\"wait\"]");
        await socket.SendAsync("42[\"next\"]");
        await socket.ExpectAsync("421[\"ask\",1]");
        await socket.SendAsync("431[]");
        await socket.ExpectAsync("42[\"answered\"]");
        await socket.SendFrameAsync(Opcode.Ping, []);
        Assert.Equal(Opcode.Pong, (await socket.FrameAsync())!.Opcode);
        gate.SetResult();
        await socket.ExpectAsync("42[\"first\"]");
        await socket.ExpectAsync("42[\"second\"]");
    }

    [Fact]
    public async Task Events_wait_for_the_connected_handler()
    {
        var gate = new TaskCompletionSource();
        await using var server = await TestServer.StartAsync(register: io => io.Of("/")
            .OnConnected(async (socket, _) =>
            {
                await gate.Task;
                socket.Emit("ready");
            })
            .On("ask", (received, _) =>
            {
                received.Ack(Json("\"yes\""));
                return default;
            }));
        await using var socket = await server.ConnectAsync();
        await socket.SendAsync("421[\"ask\"]");
        await socket.SendFrameAsync(Opcode.Ping, []);
        Assert.Equal(Opcode.Pong, (await socket.FrameAsync())!.Opcode);
        gate.SetResult();
        await socket.ExpectAsync("42[\"ready\"]");
        await socket.ExpectAsync("431[\"yes\"]");
    }

    [Fact]
    public async Task A_handler_that_throws_costs_its_own_event_only()
    {
        await using var server = await TestServer.StartAsync(register: io => io.Of("/")
            .On("sync", (_, _) => throw new InvalidOperationException("one"))
            .On("async", async (_, _) =>
            {
                await Task.Yield();
                throw new InvalidOperationException("two");
            })
            .On("fine", (received, _) =>
            {
                received.Ack();
                received.Ack(Json("\"again\""));
                return default;
            }));
        server.AllowErrors = true;
        await using var socket = await server.ConnectAsync();
        await socket.SendAsync("421[\"sync\"]");
        await socket.SendAsync("422[\"async\"]");
        await socket.SendAsync("423[\"fine\"]");
        await socket.ExpectAsync("433[]");
        await socket.SendAsync("424[\"fine\"]");
        await socket.ExpectAsync("434[]");
    }

    [Fact]
    public async Task Events_without_a_handler_go_to_the_last_resort_and_listeners_see_all()
    {
        var seen = new List<string>();
        await using var server = await TestServer.StartAsync(register: io => io.Of("/")
            .OnAny(received => seen.Add(received.Name))
            .On("known", (received, _) =>
            {
                received.Ack();
                return default;
            })
            .OnUnhandled((received, _) =>
            {
                received.Ack(Json($"\"unknown {received.Name} {received.Arguments.Count}\""));
                return default;
            }));
        await using var socket = await server.ConnectAsync();
        await socket.SendAsync("421[\"known\"]");
        await socket.ExpectAsync("431[]");
        await socket.SendAsync("422[\"what\",1,{}]");
        await socket.ExpectAsync("432[\"unknown what 2\"]");
        Assert.Equal(["known", "what"], seen);
    }

    [Fact]
    public async Task Services_of_an_event_live_as_long_as_its_handler()
    {
        await using var server = await TestServer.StartAsync(
            register: io => io.Of("/").On("scope", async (received, _) =>
            {
                var scoped = received.Services.GetRequiredService<Scoped>();
                await Task.Yield();
                received.Ack(Json(scoped.Disposed ? "true" : "false"));
            }),
            build: builder => builder.Services.AddScoped<Scoped>());
        await using var socket = await server.ConnectAsync();
        Scoped.Count = 0;
        await socket.SendAsync("421[\"scope\"]");
        await socket.ExpectAsync("431[false]");
        await Bounds.Until(() => Scoped.Count == 1);
    }

    [Fact]
    public async Task Events_that_pile_up_behind_a_slow_handler_end_the_connection()
    {
        var reason = new TaskCompletionSource<DisconnectReason>();
        await using var server = await TestServer.StartAsync(
            options => options.MaxPendingEvents = 10,
            io => io.Of("/")
                .On("slow", (received, _) => new ValueTask(Task.Delay(Timeout.Infinite, received.Socket.Closed)))
                .OnDisconnected((_, why) =>
                {
                    reason.SetResult(why);
                    return default;
                }));
        await using var socket = await server.ConnectAsync();
        for (var i = 0; i < 12; i++)
            await socket.SendAsync("42[\"slow\"]");
        Assert.Equal(1000, await socket.ClosedAsync());
        Assert.Equal(DisconnectReason.EventQueueFull, await reason.Task.Bounded());
    }

    [Fact]
    public async Task An_acknowledgement_that_does_not_come_times_out_and_a_late_one_is_ignored()
    {
        var asked = new TaskCompletionSource<Task>();
        await using var server = await TestServer.StartAsync(
            options => options.MaxPendingAcks = 1,
            io => io.Of("/").OnConnected((socket, token) =>
            {
                asked.SetResult(socket.EmitWithAckAsync("ask", default(ReadOnlyMemory<byte>), TimeSpan.FromSeconds(3), token));
                return default;
            }),
            fakeClock: true);
        await using var socket = await server.ConnectAsync();
        await socket.ExpectAsync("421[\"ask\"]");
        var waiting = await asked.Task.Bounded();
        var sole = server.Io.Of("/").FetchSockets().Single();
        await Assert.ThrowsAsync<InvalidOperationException>(() => sole.EmitWithAckAsync("ask", Json("1"), cancellationToken: TestContext.Current.CancellationToken));
        server.Clock!.Advance(TimeSpan.FromSeconds(4));
        await Assert.ThrowsAsync<TimeoutException>(() => waiting).Bounded();
        await socket.SendAsync("431[]");
        await socket.SendFrameAsync(Opcode.Ping, []);
        Assert.Equal(Opcode.Pong, (await socket.FrameAsync())!.Opcode);
    }

    [Fact]
    public async Task An_acknowledgement_waited_for_ends_with_the_socket()
    {
        var asked = new TaskCompletionSource<Task>();
        await using var server = await TestServer.StartAsync(register: io => io.Of("/").OnConnected((socket, _) =>
        {
            asked.SetResult(socket.EmitWithAckAsync("ask", Json("1"), cancellationToken: CancellationToken.None));
            return default;
        }));
        await using var socket = await server.ConnectAsync();
        var waiting = await asked.Task.Bounded();
        await socket.SendAsync("1");
        var gone = await Assert.ThrowsAsync<SocketDisconnectedException>(() => waiting).Bounded();
        Assert.Equal(DisconnectReason.TransportClose, gone.Reason);
    }

    private sealed class Scoped : IDisposable
    {
        public static int Count { get; set; }

        public bool Disposed { get; private set; }

        public void Dispose()
        {
            Disposed = true;
            Count++;
        }
    }
}
