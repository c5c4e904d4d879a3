using SocketIO.Tests.Kit;

namespace SocketIO.Tests.Engine;

public class JsonpTests
{
    [Fact]
    public async Task Scripts_are_served_where_allowed_and_cannot_be_broken_out_of()
    {
        await using var server = await TestServer.StartAsync(
            options => options.Engine.AllowJsonp = true,
            io => io.Of("/").On("echo", (received, _) =>
            {
                received.Socket.Emit("echo", EventArguments.From(received));
                return default;
            }));
        using var client = server.Polling(query: "&j=7);alert(1");
        var token = TestContext.Current.CancellationToken;
        using var handshake = await client.Http.GetAsync("/socket.io/?EIO=4&transport=polling&j=7);alert(1", token).Bounded();
        Assert.Equal("text/javascript; charset=UTF-8", handshake.Content.Headers.ContentType!.ToString());
        Assert.Equal("nosniff", handshake.Headers.GetValues("X-Content-Type-Options").Single());
        var body = await handshake.Content.ReadAsStringAsync(token);
        Assert.StartsWith("___eio[71](\"0{\\u0022sid\\u0022:\\u0022", body, StringComparison.Ordinal);
        Assert.EndsWith("}\");", body, StringComparison.Ordinal);
        var sid = body[(body.IndexOf("sid", StringComparison.Ordinal) + 16)..][..20];
        var url = $"/socket.io/?EIO=4&transport=polling&j=2&sid={sid}";
        using var form = new StringContent("d=" + Uri.EscapeDataString("40\u001e42[\"echo\",\"</script>\u2028\\\\n\"]"));
        using var posted = await client.Http.PostAsync(url, form, token).Bounded();
        Assert.Equal("ok", await posted.Content.ReadAsStringAsync(token));
        var answer = await client.Http.GetStringAsync(url, token).Bounded();
        Assert.DoesNotContain("</script>", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("\u2028", answer, StringComparison.Ordinal);
        Assert.Contains("\\u003C/script\\u003E\\u2028\\\\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task They_are_off_unless_allowed()
    {
        await using var server = await TestServer.StartAsync();
        using var client = server.Polling();
        Assert.StartsWith("0{", await client.Http.GetStringAsync("/socket.io/?EIO=4&transport=polling&j=1", TestContext.Current.CancellationToken).Bounded(), StringComparison.Ordinal);
    }
}
