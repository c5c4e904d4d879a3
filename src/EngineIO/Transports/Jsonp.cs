using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace EngineIO.Transports;

/// <summary>Polling by script tags, for browsers that cannot make cross-origin requests: the payload as the argument of a call, and as a form field.</summary>
internal static class Jsonp
{
    /// <summary>The callback's number: the digits of the <c>j</c> parameter and nothing else of it, as it is written into a script.</summary>
    public static int? ParseIndex(string? value)
    {
        if (string.IsNullOrEmpty(value))
            return null;

        var digits = new string([.. value.Where(char.IsAsciiDigit).Take(9)]);
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : 0;
    }

    public static ArrayBufferWriter<byte> Wrap(HttpContext context, int index, ReadOnlySpan<byte> payload)
    {
        context.Response.Headers[HeaderNames.ContentType] = "text/javascript; charset=UTF-8";
        context.Response.Headers[HeaderNames.XContentTypeOptions] = "nosniff";
        var script = new ArrayBufferWriter<byte>();
        script.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"___eio[{index}](\"")));
        // This encoder escapes U+2028 and U+2029 too, which JSON allows in a string and old scripts do not.
        script.Write(JsonEncodedText.Encode(payload, JavaScriptEncoder.Default).EncodedUtf8Bytes);
        script.Write("\");"u8);
        return script;
    }

    /// <summary>Reads <c>d=payload</c>. A client escapes line feeds, since a form turns them into CR LF: <c>\n</c> is one, <c>\\n</c> those two characters.</summary>
    public static bool TryDecodeBody(ReadOnlySequence<byte> body, out byte[]? payload)
    {
        payload = null;
        var form = Encoding.UTF8.GetString(body);
        if (!form.StartsWith("d=", StringComparison.Ordinal))
            return false;

        var text = WebUtility.UrlDecode(form[2..]).Replace("\r\n", "\n", StringComparison.Ordinal);
        var unescaped = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 1 < text.Length && text[i + 1] == 'n')
            {
                unescaped.Append('\n');
                i++;
            }
            else if (text[i] == '\\' && i + 2 < text.Length && text[i + 1] == '\\' && text[i + 2] == 'n')
            {
                unescaped.Append("\\n");
                i += 2;
            }
            else
            {
                unescaped.Append(text[i]);
            }
        }

        payload = Encoding.UTF8.GetBytes(unescaped.ToString());
        return true;
    }
}
