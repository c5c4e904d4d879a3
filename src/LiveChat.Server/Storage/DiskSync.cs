using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace LiveChat.Server.Storage;

/// <summary>Waits for the disk, where .NET cannot.</summary>
internal static class DiskSync
{
    private const int ReadOnly = 0;

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
}
