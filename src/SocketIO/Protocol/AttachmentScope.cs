namespace SocketIO.Protocol;

/// <summary>
/// The attachments that <see cref="BinaryConverter"/> reads from or adds to. A converter has no way to be handed a
/// context, and serialization stays on one thread, so they are the thread's for as long as a value is converted.
/// </summary>
internal static class AttachmentScope
{
    [ThreadStatic]
    private static IReadOnlyList<ReadOnlyMemory<byte>>? t_reading;

    [ThreadStatic]
    private static List<ReadOnlyMemory<byte>>? t_writing;

    public static IReadOnlyList<ReadOnlyMemory<byte>>? Reading { get => t_reading; set => t_reading = value; }

    public static List<ReadOnlyMemory<byte>>? Writing { get => t_writing; set => t_writing = value; }
}
