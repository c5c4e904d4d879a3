using System.Text;
using Microsoft.Extensions.DependencyInjection;

namespace SocketIO.PublicTests;

/// <summary>Handlers of typed arguments, and emits whose acknowledgement is typed.</summary>
public class TypedHandlerTests
{
    [Fact]
    public async Task None_to_three_arguments_are_bound_and_the_result_is_the_acknowledgement()
    {
        await using var server = await PublicServer.StartAsync(io => io.Of("/")
            .On<int>("none", (_, _) => ValueTask.FromResult(7))
            .On<Say, Heard>("one", (_, said, _) => ValueTask.FromResult(new Heard(said.Text.Length)))
            .On<int, string, string>("two", (_, count, text, _) => ValueTask.FromResult($"{count} {text}"))
            .On<int, int, int>("quiet", (received, one, two, three, _) =>
            {
                received.Socket.Emit("sum", one + two + three, AppJson.Default.Int32);
                return default;
            })
            .On<int, int, int, int>("three", (_, one, two, three, _) => ValueTask.FromResult(one * two * three))
            .On<int?>("maybe", (received, number, _) =>
            {
                received.Ack(number ?? -1, AppJson.Default.Int32);
                return default;
            }));
        await using var socket = await server.ConnectAsync();
        foreach (var (sent, expected) in new[]
        {
            ("421[\"none\"]", "431[7]"),
            ("422[\"one\",{\"room\":\"r\",\"text\":\"four\"},\"ignored\"]", "432[{\"members\":4}]"),
            ("423[\"two\",5,\"x\"]", "433[\"5 x\"]"),
            ("42[\"quiet\",1,2,3]", "42[\"sum\",6]"),
            ("424[\"three\",2,3,4]", "434[24]"),
            ("425[\"maybe\",null]", "435[-1]"),
        })
        {
            await socket.SendAsync(sent);
            await socket.ExpectAsync(expected);
        }
    }

    [Theory]
    [InlineData("\"two\",1")]
    [InlineData("\"two\",\"x\",\"y\"")]
    [InlineData("\"two\"")]
    [InlineData("\"one\",null")]
    [InlineData("\"one\",\"\\ud800\"")]
    public async Task An_argument_that_does_not_fit_is_answered_and_reaches_no_handler(string arguments)
    {
        await using var server = await PublicServer.StartAsync(io => io.Of("/")
            .On<Say>("one", (_, _, _) => throw new InvalidOperationException("It was called."))
            .On<int, string>("two", (_, _, _, _) => throw new InvalidOperationException("It was called."))
            .On<int>("fine", (_, _) => ValueTask.FromResult(1)));
        await using var socket = await server.ConnectAsync();
        await socket.SendAsync($"421[{arguments}]");
        Assert.StartsWith("431[{\"error\":{\"code\":\"bad_argument\",\"message\":", await socket.TextAsync(), StringComparison.Ordinal);
        await socket.SendAsync("422[\"fine\"]");
        await socket.ExpectAsync("432[1]");
    }

    [Fact]
    public async Task A_handler_has_services_of_a_scope_of_its_event()
    {
        await using var server = await PublicServer.StartAsync(
            io => io.Of("/").On<string, string>("who", async (received, text, _) =>
            {
                var first = received.Services.GetRequiredService<Scoped>();
                await Task.Yield();
                return $"{text} {ReferenceEquals(first, received.Services.GetRequiredService<Scoped>())} {first.Disposed}";
            }),
            build: socketIO => socketIO.Services.AddScoped<Scoped>());
        await using var socket = await server.ConnectAsync();
        await socket.SendAsync("421[\"who\",\"a\"]");
        await socket.ExpectAsync("431[\"a True False\"]");
    }

    [Fact]
    public async Task Binary_is_part_of_the_application_s_types_both_ways()
    {
        await using var server = await PublicServer.StartAsync(io => io.Of("/")
            .On<Picture, Picture>("turn", (_, picture, _) => ValueTask.FromResult(
                picture with { Data = picture.Data.Data.ToArray().Reverse().ToArray(), Thumbnails = [new byte[] { 9 }] })));
        await using var socket = await server.ConnectAsync();
        await socket.SendAsync("451-1[\"turn\",{\"name\":\"p\",\"data\":{\"_placeholder\":true,\"num\":0}}]");
        await socket.SendAsync([1, 2]);
        await socket.ExpectAsync(
            "462-1[{\"name\":\"p\",\"data\":{\"_placeholder\":true,\"num\":0},\"thumbnails\":[{\"_placeholder\":true,\"num\":1}]}]");
        Assert.Equal(new byte[] { 2, 1 }, await socket.BinaryAsync());
        Assert.Equal(new byte[] { 9 }, await socket.BinaryAsync());
    }

    [Fact]
    public async Task An_acknowledgement_is_converted_with_its_attachments()
    {
        await using var server = await PublicServer.StartAsync(io => io.Of("/").On("ask", async (received, token) =>
        {
            var picture = await received.Socket.EmitWithAckAsync("picture", 3, AppJson.Default.Int32, AppJson.Default.Picture, cancellationToken: token);
            received.Socket.Emit("got", Encoding.UTF8.GetBytes($"\"{picture!.Name} {Convert.ToHexString(picture.Data.Data.Span)}\""));
            var answer = await received.Socket.EmitWithAckAsync("picture", "4"u8.ToArray(), cancellationToken: token);
            received.Socket.Emit("got", Encoding.UTF8.GetBytes($"{answer.Arguments.Count}"));
        }));
        await using var socket = await server.ConnectAsync();
        await socket.SendAsync("42[\"ask\"]");
        await socket.ExpectAsync("421[\"picture\",3]");
        await socket.SendAsync("461-1[{\"name\":\"p\",\"data\":{\"_placeholder\":true,\"num\":0}}]");
        await socket.SendAsync([0xab]);
        await socket.ExpectAsync("42[\"got\",\"p AB\"]");
        await socket.ExpectAsync("422[\"picture\",4]");
        await socket.SendAsync("432[1,2]");
        await socket.ExpectAsync("42[\"got\",2]");
    }

    [Fact]
    public async Task A_type_that_cannot_be_resolved_is_said_at_registration()
    {
        InvalidOperationException? fault = null;
        await using var server = await PublicServer.StartAsync(io =>
            fault = Assert.Throws<InvalidOperationException>(() => io.Of("/").On<TypedHandlerTests>("x", (_, _, _) => default)));
        Assert.Contains(nameof(TypedHandlerTests), fault!.Message, StringComparison.Ordinal);
    }

    private sealed class Scoped : IDisposable
    {
        public bool Disposed { get; private set; }

        public void Dispose() => Disposed = true;
    }
}
