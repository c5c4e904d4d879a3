using System.Text;
using LiveChat.Server.Storage.Sqlite;
using LiveChat.Tests.Support;
using Microsoft.Data.Sqlite;

namespace LiveChat.Tests.Storage;

/// <summary>What SQLite leaves in the gaps of its pages, behind its back and beside its readers and writers.</summary>
public sealed class SqliteScrubTests : IDisposable
{
    private const int Rows = 3999;
    private const long Kept = Rows / 3 * 2;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly string _folder = Directory.CreateTempSubdirectory("livechat-scrub-").FullName;
    private readonly SqliteDatabase _database;
    private readonly SqliteConnection _writer;

    public SqliteScrubTests()
    {
        _database = SqliteDatabase.Open($"Data Source={Path.Combine(_folder, "scrub.db")}");
        _writer = _database.OpenWriter(Patience);
        // In no order and of every length, so that pages are split and their cells moved; then one of three goes.
        var random = new Random(3);
        Execute("CREATE TABLE said (text TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID; BEGIN");
        for (var i = 0; i < Rows; i++)
            Execute($"INSERT INTO said VALUES ('{random.Next():x8}-{(i % 3 == 0 ? "erased" : "kept")}-{i}-{new string('x', random.Next(400))}', 0)");
        Execute("COMMIT; DELETE FROM said WHERE text LIKE '%-erased-%'; PRAGMA wal_checkpoint(TRUNCATE)");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nothing_is_left_and_what_a_writer_remembers_of_the_pages_brings_nothing_back(bool wasCutShort)
    {
        Assert.Contains("-erased-", await FileAsync(), StringComparison.Ordinal);
        if (wasCutShort)
            EmptyGapsAndSayNothing();

        Assert.Equal(SqliteScrub.Outcome.Done, await ScrubAsync());
        Assert.DoesNotContain("-erased-", await FileAsync(), StringComparison.Ordinal);

        Execute("UPDATE said SET n = 1; PRAGMA wal_checkpoint(TRUNCATE)");
        Assert.DoesNotContain("-erased-", await FileAsync(), StringComparison.Ordinal);
        Assert.Equal("ok", Execute("PRAGMA integrity_check"));
        Assert.Equal(Kept, Execute("SELECT count(*) FROM said WHERE n = 1 AND text LIKE '%-kept-%'"));
    }

    [Fact]
    public async Task A_reader_of_what_was_before_holds_it_up()
    {
        await using var reader = _database.OpenReader();
        Assert.Equal(Kept, Execute(reader, "BEGIN; SELECT count(*) FROM said"));
        Execute("UPDATE said SET n = 1");

        Assert.Equal(SqliteScrub.Outcome.HeldUp, await ScrubAsync());

        Assert.Equal(Kept, Execute(reader, "SELECT count(*) FROM said WHERE n = 0"));
        Execute(reader, "ROLLBACK");
        Assert.Equal(SqliteScrub.Outcome.Done, await ScrubAsync());
        Assert.DoesNotContain("-erased-", await FileAsync(), StringComparison.Ordinal);
        Assert.Equal(Kept, Execute(reader, "SELECT count(*) FROM said WHERE n = 1"));
    }

    [Fact]
    public async Task A_file_with_pages_about_pages_is_left_alone()
    {
        Execute("PRAGMA auto_vacuum = FULL; VACUUM; PRAGMA wal_checkpoint(TRUNCATE)");

        Assert.Equal(SqliteScrub.Outcome.Ambiguous, await ScrubAsync());
        Assert.Equal("ok", Execute("PRAGMA integrity_check"));
    }

    [Theory]
    [InlineData("0d 0000 0002 0ff0 00", false, 12, 0x0ff0)]
    [InlineData("05 0000 0002 0ff0 00 00000001", false, 16, 0x0ff0)]
    [InlineData("0a 0000 0000 0000 00", false, 0, 0)]
    [InlineData("0a 0000 0000 1000 00", false, 8, 0x1000)]
    [InlineData("0d 0000 0003 0ff0 00", true, 114, 0x0ff0)]
    [InlineData("0d 0000 0800 0ff0 00", false, 0, 0)]
    [InlineData("00 0000 0002 0ff0 00", false, 0, 0)]
    [InlineData("07 0000 0002 0ff0 00", false, 0, 0)]
    public void A_gap_lies_between_the_cells_and_their_contents_of_a_page_of_a_tree(string header, bool isFirst, int begin, int end)
    {
        var page = new byte[4096];
        Convert.FromHexString(header.Replace(" ", "", StringComparison.Ordinal)).CopyTo(page, isFirst ? 100 : 0);

        Assert.Equal(begin..end, SqlitePage.Gap(page, isFirst, page.Length));
    }

    public void Dispose()
    {
        _writer.Dispose();
        _database.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<SqliteScrub.Outcome> ScrubAsync()
    {
        await using var lockHolder = _database.OpenWriter(Patience);
        await using var checkpointer = _database.OpenWriter(Patience);
        return await new SqliteScrub(_database).RunAsync(lockHolder, checkpointer, TestContext.Current.CancellationToken).Soon();
    }

    /// <summary>What a step leaves that fails before it commits.</summary>
    private void EmptyGapsAndSayNothing()
    {
        var page = new byte[4096];
        for (var offset = 0L; RandomAccess.Read(_database.File, page, offset) > 0; offset += page.Length)
        {
            var (begin, length) = SqlitePage.Gap(page, offset == 0, page.Length).GetOffsetAndLength(page.Length);
            RandomAccess.Write(_database.File, new byte[length], offset + begin);
        }
    }

    /// <summary>By the handle that the database has: closing one of our own would take SQLite's locks along.</summary>
    private async Task<string> FileAsync()
    {
        var bytes = new byte[RandomAccess.GetLength(_database.File)];
        await RandomAccess.ReadAsync(_database.File, bytes, 0, TestContext.Current.CancellationToken);
        return Encoding.Latin1.GetString(bytes);
    }

    private object? Execute(string sql) => Execute(_writer, sql);

    private static object? Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
