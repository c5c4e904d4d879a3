using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SQLitePCL;

namespace LiveChat.Tests.Support;

/// <summary>
/// A disk between SQLite and its files, for databases that are opened with <c>Vfs=faulty</c>: it calls a hook before each sync of a
/// database or its write-ahead log, which may fail the sync, and keeps what each file was when it was last synced, which is what a power cut
/// leaves at worst. A shim as of https://www.sqlite.org/vfs.html.
/// </summary>
internal sealed unsafe class FaultyDisk : IDisposable
{
    public const string Name = "faulty";

    private const int Ok = raw.SQLITE_OK;

    private static readonly ConcurrentDictionary<string, FaultyDisk> Disks = new();
    private static readonly ConcurrentDictionary<nint, OpenFile> Files = new();

    // SQLite keeps both for as long as the process lives.
    private static readonly Lazy<nint> Original = new(Register);

    private readonly string _database;
    private readonly ConcurrentDictionary<string, byte[]> _synced = new();

    /// <param name="database">The path of the database file.</param>
    public FaultyDisk(string database)
    {
        _ = Original.Value;
        _database = database;
        Disks[database] = this;
        Disks[database + "-wal"] = this;
    }

    /// <summary>Called before a sync of the file at this path; what it throws fails the sync.</summary>
    public Action<string> BeforeSync { get; set; } = _ => { };

    /// <summary>Whether a failed sync loses what was written since the last good one, as Linux does.</summary>
    public bool LosesWhatItFails { get; set; }

    /// <summary>What is read of the files, as a connection string.</summary>
    public string ConnectionString => $"Data Source={_database};Vfs={Name}";

    /// <summary>Copies what a power cut at this moment leaves at worst, and gives the path of the copy.</summary>
    public string CutPower(string name)
    {
        var copy = Path.Combine(Path.GetDirectoryName(_database)!, name, "livechat.db");
        Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
        foreach (var suffix in new[] { "", "-wal" })
            System.IO.File.WriteAllBytes(copy + suffix, _synced.GetValueOrDefault(_database + suffix, []));
        return copy;
    }

    public void Dispose()
    {
        Disks.TryRemove(_database, out _);
        Disks.TryRemove(_database + "-wal", out _);
    }

    /// <summary>Read as SQLite may write at the same time: only ever asked for when it waits for the sync.</summary>
    private static byte[] Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var content = new byte[file.Length];
        file.ReadExactly(content);
        return content;
    }

    private int Sync(OpenFile file, File* handle, int flags)
    {
        try
        {
            BeforeSync(file.Path);
        }
        catch (Exception)
        {
            if (LosesWhatItFails)
                Restore(file.Path);
            return raw.SQLITE_IOERR_FSYNC;
        }

        _synced[file.Path] = Read(file.Path);
        return file.Original->Sync(handle, flags);
    }

    private void Restore(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        var content = _synced.GetValueOrDefault(path, []);
        file.Write(content);
        file.SetLength(content.Length);
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
        if (result != Ok || (flags & (raw.SQLITE_OPEN_MAIN_DB | raw.SQLITE_OPEN_WAL)) == 0)
            return result;

        var path = Marshal.PtrToStringUTF8((nint)name)!;
        if (Disks.TryGetValue(path, out var disk))
        {
            disk._synced.TryAdd(path, Read(path));
            Files[(nint)file] = new OpenFile(disk, path, file);
        }

        return Ok;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Sync(File* file, int flags) => Files[(nint)file] is var open ? open.Disk.Sync(open, file, flags) : Ok;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Close(File* file)
    {
        Files.TryRemove((nint)file, out var open);
        return open!.Close(file);
    }

    [DllImport("e_sqlite3", CallingConvention = CallingConvention.Cdecl)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern Vfs* sqlite3_vfs_find(byte* name);

    [DllImport("e_sqlite3", CallingConvention = CallingConvention.Cdecl)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int sqlite3_vfs_register(Vfs* vfs, int makeDefault);

    /// <summary>A file that is open, and the methods that it has instead of its own.</summary>
    private sealed class OpenFile
    {
        private readonly Methods* _methods;

        public OpenFile(FaultyDisk disk, string path, File* file)
        {
            Disk = disk;
            Path = path;
            Original = file->Methods;
            _methods = (Methods*)NativeMemory.Alloc((nuint)sizeof(Methods));
            *_methods = *Original;
            _methods->Sync = &FaultyDisk.Sync;
            _methods->Close = &FaultyDisk.Close;
            file->Methods = _methods;
        }

        public FaultyDisk Disk { get; }

        public string Path { get; }

        public Methods* Original { get; }

        public int Close(File* file)
        {
            file->Methods = Original;
            NativeMemory.Free(_methods);
            return Original->Close(file);
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
        public nint Read;
        public nint Write;
        public nint Truncate;
        public delegate* unmanaged[Cdecl]<File*, int, int> Sync;
        public FourteenPointers Others;
    }

    [InlineArray(15)]
    private struct FifteenPointers
    {
        public nint First;
    }

    [InlineArray(14)]
    private struct FourteenPointers
    {
        public nint First;
    }
}
