using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LiveChat.Bench;

/// <summary>One kept-alive HTTP/1.1 connection, as cheap as can be: one request at a time, and the status of each answer.</summary>
internal sealed class HttpLine : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _filled;

    public HttpLine(int port)
    {
        _socket.Connect(IPAddress.Loopback, port);
        _ = ReadAsync();
    }

    /// <summary>Called with the status and the body of each answer, on the thread that read it.</summary>
    public Action<int, string>? OnAnswer { get; set; }

    public void Dispose() => _socket.Dispose();

    public static byte[] Encode(string path, string json) => Encoding.UTF8.GetBytes(
        $"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(json)}\r\n\r\n{json}");

    public void Send(byte[] request)
    {
        if (_socket.Send(request) != request.Length)
            throw new InvalidOperationException("A request was not taken whole.");
    }

    public async Task<string> AskAsync(string path, string json)
    {
        var answer = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        OnAnswer = (status, body) =>
        {
            if (status is 200 or 201)
                answer.TrySetResult(body);
            else
                answer.TrySetException(new InvalidOperationException($"{path} was answered {status}: {body}"));
        };
        Send(Encode(path, json));
        return await answer.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    private async Task ReadAsync()
    {
        try
        {
            while (true)
            {
                var count = await _socket.ReceiveAsync(_buffer.AsMemory(_filled));
                if (count == 0)
                    return;
                _filled += count;
                while (TryTake())
                {
                }
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The measurement is over.
        }
    }

    private bool TryTake()
    {
        var data = _buffer.AsSpan(0, _filled);
        var head = data.IndexOf("\r\n\r\n"u8);
        if (head < 0)
            return false;

        int end;
        var length = data[..head].IndexOf("ontent-Length: "u8);
        if (length >= 0)
        {
            var digits = data[(length + 15)..];
            end = head + 4 + int.Parse(digits[..digits.IndexOf((byte)'\r')], CultureInfo.InvariantCulture);
            if (end > _filled)
                return false;
        }
        else
        {
            // Chunked, and of few chunks: the last one ends it.
            var last = data[(head + 2)..].IndexOf("\r\n0\r\n\r\n"u8);
            if (last < 0)
                return false;
            end = head + 2 + last + 7;
        }

        var status = int.Parse(data.Slice(9, 3), CultureInfo.InvariantCulture);
        var body = NeedsBody || status >= 400 ? Encoding.UTF8.GetString(data[(head + 4)..end]) : "";
        data[end..].CopyTo(_buffer);
        _filled -= end;
        OnAnswer?.Invoke(status, body);
        return true;
    }

    /// <summary>Whether bodies are decoded: while a load is prepared, and always when something went wrong.</summary>
    public bool NeedsBody { get; set; } = true;
}
