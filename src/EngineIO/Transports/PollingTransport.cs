using System.Buffers;
using System.IO.Compression;
using System.IO.Pipelines;
using System.Text.Unicode;
using EngineIO.Protocol;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace EngineIO.Transports;

/// <summary>
/// HTTP long-polling: GET fetches what is queued, or is parked until there is something; POST brings packets. One of each
/// may be under way at a time, and they do not wait for each other.
/// </summary>
internal sealed class PollingTransport(Session session, bool base64, int? jsonp) : ITransport
{
    private static readonly StringValues NoStore = "no-store";
    private static readonly StringValues TextPlain = "text/plain; charset=UTF-8";
    private static readonly StringValues TextHtml = "text/html";
    private static readonly StringValues OctetStream = "application/octet-stream";

    /// <summary>How much sooner than the close of the session the answer to a body that is too large leaves.</summary>
    private static readonly TimeSpan RefusalLead = TimeSpan.FromMilliseconds(500);

    private PendingPoll? _claimed;
    private int _posting;

    public string Name => "polling";

    public bool IsWritable => Parked is not null;

    /// <summary>The poll that waits for packets. Guarded by the session's gate.</summary>
    public PendingPoll? Parked { get; set; }

    public bool TryClaim()
    {
        if (Parked is null || _claimed is not null)
            return false;

        _claimed = Parked;
        Parked = null;
        return true;
    }

    public void Release() => _claimed = null;

    public void Drain()
    {
        do
        {
            var poll = _claimed!;
            if (session.Sender.TryTake(this, out var packets))
                session.Sender.Flushed();
            else
                packets = [];

            // The close goes alone, with the poll after the last packets: official clients look at a close packet before what comes
            // with it in one payload, and would take "io server disconnect" for a lost connection.
            var closing = session.Sender.IsClosing(out var reason) && packets.Count == 0;
            if (packets.Count == 0)
                packets.Add(Packet.Close);
            poll.TrySetResult(packets);
            if (closing)
                session.Drop(reason);
        }
        while (session.Sender.TryReclaim(this));
    }

    public void End(CloseReason reason)
    {
        // On polling, TransportClose means that the client has sent a close packet. If a poll has been parked since, answer it with a
        // noop too; then no other one is expected.
        if (reason != CloseReason.TransportClose)
            Answer(Packet.Close);
        else if (Answer(Packet.Noop))
            session.Server.Farewells.TryTake(session.Id, session.Server.Now, out _, out _);
    }

    /// <summary>Ends the parked poll with this packet alone. False when there is none.</summary>
    public bool Answer(Packet packet) => session.Sender.TakeParked(this)?.TrySetResult([packet]) == true;

    /// <summary>Answers a poll that came after the end of its session.</summary>
    public Task AnswerLateAsync(HttpContext context, Packet packet) => WriteAsync(context, [packet]);

    public async Task PollAsync(HttpContext context)
    {
        var poll = new PendingPoll();
        switch (session.Sender.BeginPoll(this, poll))
        {
            case PollDecision.Unknown when session.Server.Farewells.TryTake(session.Id, session.Server.Now, out _, out var packet):
                await AnswerLateAsync(context, packet);
                return;
            case PollDecision.Unknown:
                await session.Server.RefuseAsync(context, EngineError.UnknownSession);
                return;
            case PollDecision.WrongTransport:
                await session.Server.RefuseAsync(context, EngineError.BadRequest);
                return;
            case PollDecision.Duplicate:
                session.Drop(CloseReason.TransportError);
                await session.Server.RefuseAsync(context, EngineError.BadRequest);
                return;
            case PollDecision.Noop:
                Answer(Packet.Noop);
                break;
            case PollDecision.Drain:
                Drain();
                break;
            case PollDecision.Parked:
                break;
        }

        List<Packet> packets;
        if (poll.Task.IsCompletedSuccessfully)
        {
            packets = await poll.Task;
        }
        else
        {
            // A client that gives up a parked poll has lost whatever would have been written to it: the session ends.
            await using var aborted = GivenUp(context).UnsafeRegister(
                static state => ((PollingTransport)state!).OnAborted(), this);
            packets = await poll.Task;
        }

        await WriteAsync(context, packets);
    }

    public async Task PostAsync(HttpContext context)
    {
        if (Interlocked.Exchange(ref _posting, 1) == 1)
        {
            session.Drop(CloseReason.TransportError);
            await session.Server.RefuseAsync(context, EngineError.BadRequest);
            return;
        }

        try
        {
            await ReceiveAsync(context);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The client went away, or sent its body more slowly than the web server allows.
            session.Drop(CloseReason.TransportError);
            if (!context.Response.HasStarted && exception is BadHttpRequestException bad)
                context.Response.StatusCode = bad.StatusCode;
        }
        finally
        {
            Volatile.Write(ref _posting, 0);
        }
    }

    /// <summary>
    /// Cancelled when the client gives up its poll. Over HTTP/1.1 that is when it ends its half of the connection, since no Engine.IO client
    /// does that and still waits. Over HTTP/2 the connection carries other requests too.
    /// </summary>
    private static CancellationToken GivenUp(HttpContext context) =>
        HttpProtocol.IsHttp11(context.Request.Protocol) && context.Features.Get<IDetachableConnection>() is { } connection
            ? connection.PeerClosed
            : context.RequestAborted;

    private void OnAborted()
    {
        if (session.Sender.TakeParked(this) is { } poll)
        {
            poll.TrySetResult([]);
            session.Drop(CloseReason.TransportError);
        }
    }

    private async Task ReceiveAsync(HttpContext context)
    {
        var limit = session.Server.Options.MaxPayload;
        var request = context.Request;
        if (request.ContentLength > limit)
        {
            await RefuseTooLargeAsync(context);
            return;
        }

        // Switch off Kestrel's limit: MaxPayload is applied below, while the body arrives.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } sizeLimit)
            sizeLimit.MaxRequestBodySize = null;

        var binary = request.ContentType?.StartsWith("application/octet-stream", StringComparison.OrdinalIgnoreCase) == true;
        var reader = request.BodyReader;
        ReadResult result;
        while (true)
        {
            result = await reader.ReadAsync(context.RequestAborted);
            if (result.Buffer.Length > limit)
            {
                reader.AdvanceTo(result.Buffer.End);
                await RefuseTooLargeAsync(context);
                return;
            }

            if (result.IsCompleted)
                break;
            reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }

        var accepted = jsonp is null ? Receive(result.Buffer, binary) : ReceiveForm(result.Buffer);
        reader.AdvanceTo(result.Buffer.End);
        if (!accepted)
        {
            await session.Server.RefuseAsync(context, EngineError.BadRequest);
            return;
        }

        // text/html, as the reference server answers.
        var response = context.Response;
        response.Headers[HeaderNames.ContentType] = TextHtml;
        response.ContentLength = 2;
        response.Headers[HeaderNames.CacheControl] = NoStore;
        response.BodyWriter.Write("ok"u8);
    }

    private async Task RefuseTooLargeAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
        context.Response.ContentLength = 0;
        // The rest of the body is not read, so the connection cannot be used again.
        context.Response.Headers[HeaderNames.Connection] = "close";
        await context.Response.CompleteAsync();
        var parked = session.Sender.TakeParked(this);
        session.Drop(CloseReason.PayloadTooLarge);
        if (parked is not null)
            _ = CloseAfterRefusalAsync(parked);
    }

    /// <summary>Sends the close packet a while after the 413: official clients act on a refused POST later than on a close packet, and would report the close.</summary>
    private async Task CloseAfterRefusalAsync(PendingPoll parked)
    {
        await Task.Delay(RefusalLead, session.Server.Time);
        parked.TrySetResult([Packet.Close]);
    }

    private bool ReceiveForm(ReadOnlySequence<byte> body)
    {
        var decoded = Jsonp.TryDecodeBody(body, out var payload);
        return decoded ? Receive(new ReadOnlySequence<byte>(payload!), binary: false) : Fail();
    }

    private bool Receive(ReadOnlySequence<byte> body, bool binary)
    {
        if (body.IsSingleSegment)
            return Receive(body.FirstSpan, binary);

        var length = (int)body.Length;
        var copy = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            body.CopyTo(copy);
            return Receive(copy.AsSpan(0, length), binary);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(copy);
        }
    }

    private bool Receive(ReadOnlySpan<byte> body, bool binary)
    {
        if (session.Revision == 4 && binary)
            return Fail();
        if (!binary && !Utf8.IsValid(body))
            return Fail();

        var form = session.Revision == 4 ? PayloadForm.Revision4
            : binary ? PayloadForm.Revision3Binary : PayloadForm.Revision3Text;
        using var packets = new PayloadReader(body, form);
        session.Sender.Cork();
        try
        {
            while (packets.TryRead(out var packet))
            {
                // Text packets inside a binary payload have not been checked yet.
                if (binary && !packet.IsBinary && !Utf8.IsValid(packet.Data))
                    return Fail();
                // What follows the packet that ended the session is dropped.
                var reception = session.Receive(this, packet);
                if (reception != Reception.Taken)
                    return reception == Reception.TakenLast;
            }
        }
        finally
        {
            session.Sender.Uncork();
        }

        return !packets.Failed || Fail();
    }

    private bool Fail()
    {
        session.Drop(CloseReason.ParseError);
        return false;
    }

    private Task WriteAsync(HttpContext context, List<Packet> packets)
    {
        if (packets.Count == 0)
            return Task.CompletedTask;

        var headers = context.Response.Headers;
        headers[HeaderNames.CacheControl] = NoStore;
        var binary = false;
        if (session.Revision == 3)
            binary = PayloadWriter.IsBinary(packets, base64);

        headers[HeaderNames.ContentType] = binary ? OctetStream : TextPlain;
        var form = session.Revision == 4 ? PayloadForm.Revision4
            : binary ? PayloadForm.Revision3Binary : PayloadForm.Revision3Text;

        if (packets.Count == 1 && form == PayloadForm.Revision4 && jsonp is null && !packets[0].IsBinary)
        {
            // Most answers are one text packet, which needs no assembling.
            WriteBody(context, packets[0].Payload);
        }
        else
        {
            var body = new ArrayBufferWriter<byte>();
            PayloadWriter.Write(body, packets, form);
            if (jsonp is { } index)
                body = Jsonp.Wrap(context, index, body.WrittenSpan);
            WriteBody(context, body.WrittenSpan);
        }

        SendBuffer.Recycle(packets);
        return context.Response.BodyWriter.FlushAsync().AsTask();
    }

    private void WriteBody(HttpContext context, ReadOnlySpan<byte> body)
    {
        var response = context.Response;
        if (body.Length >= session.Server.Options.PollingCompressionThreshold)
        {
            response.Headers[HeaderNames.Vary] = HeaderNames.AcceptEncoding;
            if (TakesGzip(context.Request))
            {
                using var compressed = new MemoryStream();
                using (var gzip = new GZipStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
                    gzip.Write(body);
                response.Headers[HeaderNames.ContentEncoding] = "gzip";
                body = compressed.GetBuffer().AsSpan(0, (int)compressed.Length);
            }
        }

        response.ContentLength = body.Length;
        response.BodyWriter.Write(body);
    }

    private static bool TakesGzip(HttpRequest request)
    {
        foreach (var encoding in request.GetTypedHeaders().AcceptEncoding)
        {
            if (encoding.Value.Equals("gzip", StringComparison.OrdinalIgnoreCase))
                return encoding.Quality is not 0;
        }

        return false;
    }
}
