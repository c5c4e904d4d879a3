using System.Buffers;
using System.IO.Pipelines;

namespace LiveChat.Server.Rest;

/// <summary>
/// A connection's pipes, where the last answer can be replaced: from then on what the web server writes is thrown away. It is used by one
/// thread at a time, as any pipe.
/// </summary>
internal sealed class ReplaceableOutput(IDuplexPipe pipes) : PipeWriter, IDuplexPipe
{
    private readonly PipeWriter _output = pipes.Output;
    private byte[]? _discarded;

    public PipeReader Input { get; } = pipes.Input;

    public PipeWriter Output => this;

    public override bool CanGetUnflushedBytes => _output.CanGetUnflushedBytes;

    public override long UnflushedBytes => _output.UnflushedBytes;

    /// <summary>The last that is sent; it leaves with the web server's next flush.</summary>
    public void Replace(ReadOnlySpan<byte> answer)
    {
        if (_discarded is not null)
            return;

        _output.Write(answer);
        _discarded = [];
    }

    public override Memory<byte> GetMemory(int sizeHint = 0) => _discarded is null ? _output.GetMemory(sizeHint) : Discard(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => _discarded is null ? _output.GetSpan(sizeHint) : Discard(sizeHint);

    public override void Advance(int bytes)
    {
        if (_discarded is null)
            _output.Advance(bytes);
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => _output.FlushAsync(cancellationToken);

    public override void CancelPendingFlush() => _output.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => _output.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => _output.CompleteAsync(exception);

    private byte[] Discard(int sizeHint)
    {
        if (_discarded!.Length < Math.Max(sizeHint, 1))
            _discarded = new byte[Math.Max(sizeHint, 4096)];
        return _discarded;
    }
}
