using System.Globalization;
using System.Text;

namespace LiveChat.Bench;

/// <summary>One kept-alive HTTP/1.1 connection: one request at a time, and the status of each answer.</summary>
internal sealed class HttpLine : Line
{
    public HttpLine(int port) => Connect(port);

    /// <summary>Called with the status and the body of each answer, on the loop's thread.</summary>
    public Action<int, string>? OnAnswer { get; set; }

    /// <summary>Whether bodies are decoded: while a load is prepared, and always when something went wrong.</summary>
    public bool NeedsBody { get; set; } = true;

    /// <summary>What each request presents, null for nothing.</summary>
    public string? Token { get; init; }

    public byte[] Encode(string path, string json) => Encoding.UTF8.GetBytes(
        $"POST {path} HTTP/1.1\r\nHost: localhost\r\n{(Token is null ? "" : $"Authorization: Bearer {Token}\r\n")}Content-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(json)}\r\n\r\n{json}");

    public void Ask(byte[] request) => Send(request);

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
        Ask(Encode(path, json));
        return await answer.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    protected override int Take(ReadOnlySpan<byte> data)
    {
        var head = data.IndexOf("\r\n\r\n"u8);
        if (head < 0)
            return 0;

        int end;
        var length = data[..head].IndexOf("ontent-Length: "u8);
        if (length >= 0)
        {
            var digits = data[(length + 15)..];
            end = head + 4 + int.Parse(digits[..digits.IndexOf((byte)'\r')], CultureInfo.InvariantCulture);
            if (end > data.Length)
                return 0;
        }
        else
        {
            // Chunked, and of few chunks: the last one ends it.
            var last = data[(head + 2)..].IndexOf("\r\n0\r\n\r\n"u8);
            if (last < 0)
                return 0;
            end = head + 2 + last + 7;
        }

        var status = int.Parse(data.Slice(9, 3), CultureInfo.InvariantCulture);
        OnAnswer?.Invoke(status, NeedsBody || status >= 400 ? Encoding.UTF8.GetString(data[(head + 4)..end]) : "");
        return end;
    }
}
