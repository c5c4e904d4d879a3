using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using Microsoft.Win32.SafeHandles;
using SQLitePCL;

namespace LiveChat.Server.Storage.Sqlite;

/// <summary>
/// SQLite's own way to its files, but for the write-ahead log: what a commit appends, two writes a page, is gathered and written at
/// once before it is synced, and synced by <see cref="DiskSync.Flush"/>. As it is built here, SQLite syncs by <c>fsync</c>, which also
/// writes the file's time of change. A shim as of https://www.sqlite.org/vfs.html; what must be synced when, and what becomes of a
/// commit whose sync failed, stays SQLite's.
/// </summary>
/// <remarks>
/// For connections in <c>synchronous = FULL</c>, where others look for a commit in the log only after its sync. On Linux only:
/// connections elsewhere are opened without it.
/// </remarks>
internal static unsafe class LogVfs
{
    private const string Name = "livechat";
    private const int Ok = raw.SQLITE_OK;

    /// <summary><c>SQLITE_FCNTL_JOURNAL_POINTER</c>.</summary>
    private const int JournalPointer = 28;

    private static readonly ConcurrentDictionary<string, Action<SafeFileHandle>> Syncs = new();
    private static readonly ConcurrentDictionary<nint, LogFile> Logs = new();

    // What it is a shim of; SQLite keeps both for as long as the process lives.
    private static readonly Lazy<nint> Original = new(Register);

    public static bool IsSupported => OperatingSystem.IsLinux();

    /// <summary>The name of a database file for connections that are to use this.</summary>
    /// <param name="path">Absolute.</param>
    /// <param name="sync">What makes its log durable, or throws; for logs that are opened from now on.</param>
    public static string Uri(string path, Action<SafeFileHandle> sync)
    {
        _ = Original.Value;
        Syncs[path + "-wal"] = sync;
        return $"{new Uri(path).AbsoluteUri}?vfs={Name}";
    }

    /// <summary>Drops what was gathered of a transaction that is over: others may write in its place from now on.</summary>
    public static void Forget(SqliteConnection connection)
    {
        if (sqlite3_file_control(connection.Handle!, null, JournalPointer, out var file) == Ok && Logs.TryGetValue(file, out var log))
            log.Forget();
    }

    private static nint Register()
    {
        var original = sqlite3_vfs_find(null);
        var shim = (Vfs*)NativeMemory.Alloc((nuint)sizeof(Vfs));
        *shim = *original;
        shim->Name = (byte*)Marshal.StringToCoTaskMemUTF8(Name);
        shim->Open = &Open;
        return sqlite3_vfs_register(shim, makeDefault: 0) == Ok
            ? (nint)original
            : throw new InvalidOperationException("SQLite took no virtual file system.");
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Open(Vfs* vfs, byte* name, File* file, int flags, int* flagsOut)
    {
        var original = (Vfs*)Original.Value;
        var result = original->Open(original, name, file, flags, flagsOut);
        if (result != Ok || (flags & raw.SQLITE_OPEN_WAL) == 0)
            return result;

        try
        {
            Logs[(nint)file] = new LogFile(file, Marshal.PtrToStringUTF8((nint)name)!);
            return Ok;
        }
        catch (Exception)
        {
            file->Methods->Close(file);
            file->Methods = null;
            return raw.SQLITE_CANTOPEN;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Read(File* file, byte* data, int count, long offset) => Logs[(nint)file].Read(file, data, count, offset);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Write(File* file, byte* data, int count, long offset) => Logs[(nint)file].Write(file, data, count, offset);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Truncate(File* file, long size) => Logs[(nint)file].Truncate(file, size);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int GetSize(File* file, long* size) => Logs[(nint)file].GetSize(file, size);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Sync(File* file, int flags) => Logs[(nint)file].Sync(file, flags);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Close(File* file)
    {
        Logs.TryRemove((nint)file, out var log);
        return log!.Close(file);
    }

    [DllImport("e_sqlite3", CallingConvention = CallingConvention.Cdecl)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern Vfs* sqlite3_vfs_find(byte* name);

    [DllImport("e_sqlite3", CallingConvention = CallingConvention.Cdecl)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int sqlite3_vfs_register(Vfs* vfs, int makeDefault);

    /// <param name="database">Null for the main one.</param>
    [DllImport("e_sqlite3", CallingConvention = CallingConvention.Cdecl)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int sqlite3_file_control(sqlite3 connection, byte* database, int operation, out nint result);

    /// <summary>A log that is open, and the methods that its file has instead of its own.</summary>
    private sealed class LogFile
    {
        /// <summary>Bytes that are gathered at most, some thirty pages. SQLite's write takes no more at once: it masks the count.</summary>
        private const int Capacity = 0x1ffff;

        private readonly Methods* _original;
        private readonly Methods* _methods;
        private readonly SafeFileHandle _handle;
        private readonly Action<SafeFileHandle> _sync;
        private bool _named;

        // Written, and not yet given to the system: kept until it has taken all of it.
        private readonly byte* _gathered;
        private long _start;
        private int _length;

        public LogFile(File* file, string path)
        {
            _handle = System.IO.File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            _sync = Syncs.GetValueOrDefault(path) ?? DiskSync.Flush;
            _gathered = (byte*)NativeMemory.Alloc(Capacity);
            _original = file->Methods;
            _methods = (Methods*)NativeMemory.Alloc((nuint)sizeof(Methods));
            *_methods = *_original;
            _methods->Read = &LogVfs.Read;
            _methods->Write = &LogVfs.Write;
            _methods->Truncate = &LogVfs.Truncate;
            _methods->GetSize = &LogVfs.GetSize;
            _methods->Sync = &LogVfs.Sync;
            _methods->Close = &LogVfs.Close;
            file->Methods = _methods;
        }

        public void Forget() => _length = 0;

        public int Read(File* file, byte* data, int count, long offset) =>
            Flush(file) is var failed and not Ok ? failed : _original->Read(file, data, count, offset);

        public int Write(File* file, byte* data, int count, long offset)
        {
            if (_length == 0)
                _start = offset;
            var at = offset - _start;
            if (at < 0 || at > _length || at + count > Capacity)
            {
                if (Flush(file) is var failed and not Ok)
                    return failed;

                (_start, at) = (offset, 0);
            }

            new ReadOnlySpan<byte>(data, count).CopyTo(new Span<byte>(_gathered + at, Capacity - (int)at));
            _length = Math.Max(_length, (int)at + count);
            return Ok;
        }

        public int Truncate(File* file, long size) =>
            Flush(file) is var failed and not Ok ? failed : _original->Truncate(file, size);

        public int GetSize(File* file, long* size) =>
            Flush(file) is var failed and not Ok ? failed : _original->GetSize(file, size);

        public int Sync(File* file, int flags)
        {
            if (Flush(file) is var failed and not Ok)
                return failed;

            // The first one also makes durable that the file is there.
            if (!_named && _original->Sync(file, flags) is var result and not Ok)
                return result;

            _named = true;
            try
            {
                _sync(_handle);
                return Ok;
            }
            catch (Exception)
            {
                return raw.SQLITE_IOERR_FSYNC;
            }
        }

        public int Close(File* file)
        {
            // What is left is of no commit.
            file->Methods = _original;
            _handle.Dispose();
            NativeMemory.Free(_methods);
            NativeMemory.Free(_gathered);
            return _original->Close(file);
        }

        private int Flush(File* file)
        {
            if (_length == 0)
                return Ok;

            var result = _original->Write(file, _gathered, _length, _start);
            if (result == Ok)
                _length = 0;
            return result;
        }
    }

    /// <summary><c>sqlite3_vfs</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Vfs
    {
        public int Version;
        public int FileSize;
        public int MaxPath;
        public Vfs* Next;
        public byte* Name;
        public void* AppData;
        public delegate* unmanaged[Cdecl]<Vfs*, byte*, File*, int, int*, int> Open;
        public FifteenPointers Others;
    }

    /// <summary><c>sqlite3_file</c>, which begins what each virtual file system keeps of a file.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct File
    {
        public Methods* Methods;
    }

    /// <summary><c>sqlite3_io_methods</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Methods
    {
        public int Version;
        public delegate* unmanaged[Cdecl]<File*, int> Close;
        public delegate* unmanaged[Cdecl]<File*, byte*, int, long, int> Read;
        public delegate* unmanaged[Cdecl]<File*, byte*, int, long, int> Write;
        public delegate* unmanaged[Cdecl]<File*, long, int> Truncate;
        public delegate* unmanaged[Cdecl]<File*, int, int> Sync;
        public delegate* unmanaged[Cdecl]<File*, long*, int> GetSize;
        public TwelvePointers Others;
    }

    [InlineArray(15)]
    private struct FifteenPointers
    {
        public nint First;
    }

    [InlineArray(12)]
    private struct TwelvePointers
    {
        public nint First;
    }
}
