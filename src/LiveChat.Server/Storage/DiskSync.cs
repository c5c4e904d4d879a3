using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace LiveChat.Server.Storage;

/// <summary>Waits for the disk, where .NET cannot or does more than is needed.</summary>
internal static class DiskSync
{
    private const int ReadOnly = 0;
    private const int Interrupted = 4;

    /// <summary>
    /// Makes what was written to the file durable: its bytes, and of what is known about it only what reading them needs, without the
    /// time of change. On Linux.
    /// </summary>
    /// <exception cref="IOException">The disk failed.</exception>
    public static void Flush(SafeFileHandle file)
    {
        while (SyncData(file) != 0)
        {
            if (Marshal.GetLastPInvokeError() is var error and not Interrupted)
                throw new IOException(new Win32Exception(error).Message);
        }
    }

    /// <summary>
    /// Makes the names in a folder as durable as the files they are of. Nothing where it cannot be done: Windows knows no such
    /// call, and a folder may be one that only lets its names be used.
    /// </summary>
    /// <exception cref="IOException">The disk failed.</exception>
    public static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
            return;

        using var handle = new SafeFileHandle(Open(Encoding.UTF8.GetBytes(folder + '\0'), ReadOnly), ownsHandle: true);
        if (!handle.IsInvalid)
            RandomAccess.FlushToDisk(handle);
    }

    [DllImport("libc", EntryPoint = "open")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open(byte[] path, int flags);

    [DllImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SyncData(SafeFileHandle file);
}
