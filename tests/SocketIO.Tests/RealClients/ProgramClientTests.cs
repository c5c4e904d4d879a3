using ClientPrograms;
using SocketIO.MessagePack;
using SocketIO.Protocol;

namespace SocketIO.Tests.RealClients;

/// <summary>Clients of other languages against the bare library, each over each transport. What they do stands in their programs.</summary>
public class ProgramClientTests
{
    [Theory]
    [InlineData("2", "json", "websocket")]
    [InlineData("2", "json", "polling")]
    [InlineData("2", "json", "upgrade")]
    [InlineData("3", "json", "websocket")]
    [InlineData("3", "json", "polling")]
    [InlineData("3", "json", "upgrade")]
    [InlineData("4", "json", "websocket")]
    [InlineData("4", "json", "polling")]
    [InlineData("4", "json", "upgrade")]
    [InlineData("4", "msgpack", "websocket")]
    [InlineData("4", "msgpack", "polling")]
    [InlineData("4", "msgpack", "upgrade")]
    public async Task The_official_JavaScript_client_is_served(string major, string parser, string transport)
    {
        await using var server = await ClientServer.StartAsync(parser == "msgpack" ? MessagePackPacketCodec.Instance : PacketCodec.Json);

        await ClientProgram.RunAsync("node", Path.Combine(ClientProgram.Folder, "node", "library.mjs"), major, parser, transport, server.Address);

        await server.EveryoneLeftAsync();
    }

    [Theory]
    [InlineData("websocket")]
    [InlineData("polling")]
    [InlineData("upgrade")]
    public async Task Pythons_client_is_served(string transport)
    {
        await using var server = await ClientServer.StartAsync();

        // Debian's own Python, which is the one that Debian's packages are for.
        await ClientProgram.RunAsync("/usr/bin/python3", Path.Combine(ClientProgram.Folder, "python", "library.py"), transport, server.Address);

        await server.EveryoneLeftAsync();
    }
}
