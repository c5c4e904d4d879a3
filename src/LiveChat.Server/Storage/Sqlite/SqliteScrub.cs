using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.Win32.SafeHandles;

namespace LiveChat.Server.Storage.Sqlite;

/// <summary>
/// Overwrites what SQLite has left in the gaps of its pages (<see cref="SqlitePage.Gap"/>), in the file itself and a step at a time, so
/// that writes wait for a step and not for the file.
/// </summary>
/// <remarks>
/// Nobody reads a gap, so readers may look on. What must not happen is that SQLite puts something there between the look and the
/// overwriting. So a step holds the lock for writing: nothing is committed. And it goes on only when a checkpoint finds that all
/// that was committed is in the file: nothing is left that anybody might copy into it. When it has changed a page it commits a
/// change too, at which all other connections drop the pages that they remember, gaps included. If the power is cut, a gap has
/// zeros or what it had; that writing there damages no neighbour is what SQLite itself relies on.
/// </remarks>
internal sealed class SqliteScrub(SqliteDatabase database)
{
    private const int StepBytes = 2 * 1024 * 1024;
    private const int Attempts = 200;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);

    /// <summary>Time for the writes that have come meanwhile.</summary>
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(5);

    public enum Outcome
    {
        /// <summary>A step is done and there may be more.</summary>
        Scrubbed,

        /// <summary>All is done.</summary>
        Done,

        /// <summary>Readers of what was before the last writes kept a checkpoint from finishing.</summary>
        HeldUp,

        /// <summary>
        /// Pages cannot be told apart by what they begin with: there are too many (<see cref="SqlitePage.Ambiguous"/>), or the operator has
        /// set <c>auto_vacuum</c>, which adds pages that say what other pages are.
        /// </summary>
        Ambiguous,
    }

    /// <summary>Goes over the whole file, for as long as no reader holds a step up for more than five seconds.</summary>
    /// <param name="writer">What takes the lock; its timeout is how long a step waits for its turn.</param>
    /// <param name="other">The connection that checkpoints: the one that has the lock cannot.</param>
    /// <param name="cancellationToken">Looked at between the steps.</param>
    public async Task<Outcome> RunAsync(SqliteConnection writer, SqliteConnection other, CancellationToken cancellationToken)
    {
        var file = new PagedFile(database.File, (int)(long)writer.Ask("PRAGMA page_size")!);
        var attempts = 0;
        for (var page = 0L; ;)
        {
            var outcome = await Task.Run(() => Step(writer, other, file, page), cancellationToken);
            if (outcome is Outcome.Scrubbed)
            {
                page += file.PagesAtOnce;
                attempts = 0;
            }
            else if (outcome is not Outcome.HeldUp || ++attempts == Attempts)
            {
                RandomAccess.FlushToDisk(database.File);
                return outcome;
            }

            // In the real time: neither readers nor writers go by the clock that the product is given.
            await Task.Delay(outcome is Outcome.HeldUp ? Pause : Turn, TimeProvider.System, cancellationToken);
        }
    }

    private static Outcome Step(SqliteConnection writer, SqliteConnection other, PagedFile file, long page)
    {
        // What may take the disk's time is done once before writes wait for it.
        _ = IsAllInTheFile(other);
        _ = file.Read(page);
        writer.Ask("BEGIN IMMEDIATE");
        try
        {
            if (!IsAllInTheFile(other))
                return Outcome.HeldUp;
            if (file.Count >= SqlitePage.Ambiguous || file.HasPageMap)
                return Outcome.Ambiguous;

            var count = file.Read(page);
            if (count == 0)
                return Outcome.Done;
            // The first step always commits: one that was there before may have failed to, and others still remember what it overwrote.
            if (file.EmptyGaps(page, count) || page == 0)
            {
                // The one number in the file that is nobody's.
                var version = (long)writer.Ask("PRAGMA user_version")!;
                writer.Ask(string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {(version + 1) % int.MaxValue}"));
                writer.Ask("COMMIT");
            }

            return Outcome.Scrubbed;
        }
        finally
        {
            if (SQLitePCL.raw.sqlite3_get_autocommit(writer.Handle!) == 0)
                writer.Ask("ROLLBACK");
        }
    }

    private static bool IsAllInTheFile(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA wal_checkpoint(PASSIVE)";
        using var row = command.ExecuteReader();
        row.Read();
        var (held, logged, copied) = (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2));
        return held == 0 && logged == copied;
    }

    /// <summary>The pages of the file, as many at once as one step takes.</summary>
    private sealed class PagedFile(SafeFileHandle file, int pageSize)
    {
        private static readonly byte[] Zeros = new byte[65536];
        private readonly byte[] _buffer = new byte[StepBytes];
        private readonly int _usable = pageSize - Reserved(file);

        public int PagesAtOnce => StepBytes / pageSize;

        /// <summary>Whether the header says that there are pointer-map pages: the largest root page, kept with <c>auto_vacuum</c> alone, at offset 52.</summary>
        public bool HasPageMap
        {
            get
            {
                Span<byte> root = stackalloc byte[4];
                return RandomAccess.Read(file, root, 52) == root.Length && root.ContainsAnyExcept((byte)0);
            }
        }

        public long Count => RandomAccess.GetLength(file) / pageSize;

        /// <summary>Reads from this page on; gives how many there are.</summary>
        public int Read(long page)
        {
            var filled = 0;
            while (filled < _buffer.Length && RandomAccess.Read(file, _buffer.AsSpan(filled), page * pageSize + filled) is var read and > 0)
                filled += read;
            return filled / pageSize;
        }

        /// <summary>Overwrites the gaps of what was read. False when all of them were empty.</summary>
        public bool EmptyGaps(long first, int count)
        {
            var changed = false;
            for (var i = 0; i < count; i++)
            {
                var page = _buffer.AsSpan(i * pageSize, pageSize);
                var gap = SqlitePage.Gap(page, first + i == 0, _usable);
                var (offset, length) = gap.GetOffsetAndLength(pageSize);
                if (!page[gap].ContainsAnyExcept((byte)0))
                    continue;

                RandomAccess.Write(file, Zeros.AsSpan(0, length), (first + i) * pageSize + offset);
                changed = true;
            }

            return changed;
        }

        /// <summary>What extensions keep at the end of each page, of which this database has none.</summary>
        private static int Reserved(SafeFileHandle file)
        {
            Span<byte> header = stackalloc byte[21];
            return RandomAccess.Read(file, header, 0) == header.Length ? header[20] : 0;
        }
    }
}
