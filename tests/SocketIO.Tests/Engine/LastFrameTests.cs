using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using SocketIO.Tests.Kit;

namespace SocketIO.Tests.Engine;

/// <summary>The close frame is the last frame, and it is sent whatever was under way when the client closed.</summary>
public class LastFrameTests
{
    /// <summary>As over HTTP/2, where the last write is over but its drainer has not got round to it yet when the client's close frame is read.</summary>
    [Fact]
    public async Task A_write_that_is_given_up_as_it_ends_does_not_take_the_close_frame_with_it()
    {
        await using var server = await TestServer.StartAsync();
        var client = new Pipe();
        await using var stream = new Connection(client.Reader.AsStream());
        var context = new DefaultHttpContext { RequestServices = server.Services };
        context.Request.Method = HttpMethods.Connect;
        context.Request.Path = "/socket.io/";
        context.Request.QueryString = new QueryString("?EIO=4&transport=websocket");
        context.Request.Headers.SecWebSocketVersion = "13";
        context.Features.Set<IHttpExtendedConnectFeature>(stream);
        var serving = server.Engine.HandleAsync(context);
        await client.Writer.WriteAsync(RawWebSocket.Encode(Opcode.Close, [0x03, 0xe8]), TestContext.Current.CancellationToken).Bounded();
        await serving.Bounded();
        Assert.Equal([0x88, 2, 0x03, 0xe8], stream.Written.ToArray()[^4..]);
    }

    /// <summary>A stream whose first write ends when it is given up, but as if it had ended by itself.</summary>
    private sealed class Connection(Stream input) : Stream, IHttpExtendedConnectFeature
    {
        private bool _written;

        public MemoryStream Written { get; } = new();

        public bool IsExtendedConnect => true;

        public string? Protocol => "websocket";

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public ValueTask<Stream> AcceptAsync() => new(this);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => input.ReadAsync(buffer, cancellationToken);

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_written)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }
            else
            {
                _written = true;
                var givenUp = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                await using var giveUp = cancellationToken.Register(givenUp.SetResult);
                await givenUp.Task;
            }

            Written.Write(buffer.Span);
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public override void Flush() => throw new NotSupportedException();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
