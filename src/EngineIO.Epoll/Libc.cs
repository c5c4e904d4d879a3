using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace EngineIO.Epoll;

/// <summary>The system calls that the transport is made of (Linux). Those on sockets never block, and give the negated error number instead of -1.</summary>
internal static unsafe partial class Libc
{
    public const int Interrupted = 4;
    public const int WouldBlock = 11;

    // The kernel packs the structure on x86-64 only; on 32-bit x86 it has no padding to begin with.
    private static readonly int EventSize = RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.X86 ? 12 : 16;

    private const int CloseOnExec = 0x80000;
    private const int DontWait = 0x40;
    private const int NoSignal = 0x4000;

    public enum Change
    {
        Add = 1,
        Modify = 3,
    }

    /// <summary>What epoll reports, and is asked for.</summary>
    [Flags]
    public enum Events : uint
    {
        None = 0,
        Readable = 0x1,
        Writable = 0x4,
        Error = 0x8,
        HungUp = 0x10,
        PeerClosed = 0x2000,
        EdgeTriggered = 0x80000000,
    }

    public static SafeFileHandle EpollCreate()
    {
        var descriptor = epoll_create1(CloseOnExec);
        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw LastError("epoll_create1");
    }

    public static SafeFileHandle EventCreate()
    {
        var descriptor = eventfd(0, CloseOnExec | 0x800);
        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw LastError("eventfd");
    }

    /// <summary>Wakes whoever waits for the event by edge, once for each time: it is never read.</summary>
    public static void Signal(SafeHandle @event)
    {
        var one = 1UL;
        _ = write(@event, &one, sizeof(ulong));
    }

    public static void Control(SafeHandle epoll, Change change, SafeHandle descriptor, Events events, ulong data)
    {
        var entry = stackalloc byte[16];
        Unsafe.WriteUnaligned(entry, (uint)events);
        Unsafe.WriteUnaligned(entry + EventSize - sizeof(ulong), data);
        if (epoll_ctl(epoll, (int)change, descriptor, entry) < 0)
            throw LastError("epoll_ctl");
    }

    /// <summary>How many descriptors the process may have open: the soft limit of RLIMIT_NOFILE, as it is now.</summary>
    public static long DescriptorLimit()
    {
        const int NumberOfFiles = 7;
        var limits = stackalloc ulong[2];
        return getrlimit(NumberOfFiles, limits) == 0 ? (long)Math.Min(limits[0], int.MaxValue) : int.MaxValue;
    }

    /// <summary>Gives what has happened.</summary>
    /// <param name="epoll">The set.</param>
    /// <param name="buffer">Where the events go, 16 bytes for each.</param>
    /// <param name="sleep">Whether to wait, without limit, until something has.</param>
    /// <returns>How many have happened; 0 when the wait was interrupted.</returns>
    public static int Wait(SafeHandle epoll, Span<byte> buffer, bool sleep)
    {
        fixed (byte* entries = buffer)
        {
            var count = epoll_wait(epoll, entries, buffer.Length / 16, sleep ? -1 : 0);
            if (count >= 0)
                return count;
            return Marshal.GetLastPInvokeError() == Interrupted ? 0 : throw LastError("epoll_wait");
        }
    }

    /// <summary>One of the events that <see cref="Wait"/> has written.</summary>
    public static (Events Events, ulong Data) Read(ReadOnlySpan<byte> buffer, int index)
    {
        var entry = buffer.Slice(index * EventSize, EventSize);
        return ((Events)MemoryMarshal.Read<uint>(entry), MemoryMarshal.Read<ulong>(entry[^sizeof(ulong)..]));
    }

    /// <summary>The bytes received, 0 at the end of the stream, or a negated error number.</summary>
    public static int Receive(SafeSocketHandle socket, Span<byte> buffer)
    {
        fixed (byte* bytes = buffer)
            return Result(recv(socket, bytes, (nuint)buffer.Length, DontWait));
    }

    /// <summary>The bytes that the kernel took, or a negated error number.</summary>
    public static int Send(SafeSocketHandle socket, ReadOnlySpan<byte> buffer)
    {
        fixed (byte* bytes = buffer)
            return Result(send(socket, bytes, (nuint)buffer.Length, DontWait | NoSignal));
    }

    /// <summary>The bytes that were sent and that the peer has not acknowledged; 0 where that is not known.</summary>
    public static int Queued(SafeSocketHandle socket)
    {
        const nuint OutputQueue = 0x5411;
        var bytes = 0;
        return ioctl(socket, OutputQueue, &bytes) == 0 ? bytes : 0;
    }

    /// <summary>An error number as the framework knows it.</summary>
    public static SocketException ErrorOf(int negated) => new(negated switch
    {
        -104 => (int)SocketError.ConnectionReset,
        -32 => (int)SocketError.Shutdown,
        -110 => (int)SocketError.TimedOut,
        _ => (int)SocketError.SocketError,
    });

    private static int Result(nint returned) => returned >= 0 ? (int)returned : -Marshal.GetLastPInvokeError();

    private static IOException LastError(string call) =>
        new($"{call} failed: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}.");

#pragma warning disable SA1300, IDE1006 // The names are the system's.
    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_create1(int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int eventfd(uint initial, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_ctl(SafeHandle epoll, int operation, SafeHandle descriptor, void* entry);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_wait(SafeHandle epoll, void* entries, int count, int timeout);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(SafeSocketHandle socket, nuint request, void* value);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int getrlimit(int resource, ulong* limits);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint write(SafeHandle descriptor, void* bytes, nuint count);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint recv(SafeSocketHandle socket, void* bytes, nuint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint send(SafeSocketHandle socket, void* bytes, nuint length, int flags);
#pragma warning restore SA1300, IDE1006
}
