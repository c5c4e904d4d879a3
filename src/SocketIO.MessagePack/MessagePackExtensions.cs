using Microsoft.Extensions.DependencyInjection;
using SocketIO.MessagePack;

namespace SocketIO;

/// <summary>Adds MessagePack to a Socket.IO server.</summary>
public static class MessagePackExtensions
{
    /// <summary>Encodes packets as <c>socket.io-msgpack-parser</c> does, in place of the default encoding. All clients must speak it.</summary>
    public static SocketIOBuilder AddMessagePack(this SocketIOBuilder builder)
    {
        builder.Services.Configure<SocketIOOptions>(options => options.Codec = MessagePackPacketCodec.Instance);
        return builder;
    }
}
