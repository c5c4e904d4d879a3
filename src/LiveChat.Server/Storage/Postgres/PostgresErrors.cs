using System.Net.Sockets;
using LiveChat.Server.Storage.Core;
using Npgsql;

namespace LiveChat.Server.Storage.Postgres;

/// <summary>What failures of PostgreSQL mean (https://www.postgresql.org/docs/current/errcodes-appendix.html).</summary>
internal static class PostgresErrors
{
    /// <summary>Nothing was written, whoever asks: the transaction was refused or rolled back.</summary>
    private static readonly HashSet<string> RolledBack =
    [
        PostgresErrorCodes.SerializationFailure,
        PostgresErrorCodes.DeadlockDetected,
        PostgresErrorCodes.LockNotAvailable,
        PostgresErrorCodes.QueryCanceled,
        PostgresErrorCodes.TooManyConnections,
        PostgresErrorCodes.CannotConnectNow,

        // Said to a session that is ended before its commit; one that waits for a standby after it is ended without a word.
        PostgresErrorCodes.AdminShutdown,

        // Of a server that was the primary until a moment ago.
        PostgresErrorCodes.ReadOnlySqlTransaction,

        // What was prepared on the connection is not known there any more, or the table has changed under it.
        PostgresErrorCodes.InvalidSqlStatementName,
        PostgresErrorCodes.FeatureNotSupported,
    ];

    /// <param name="exception">What the driver threw.</param>
    /// <param name="writing">Whether a write was under way.</param>
    /// <returns>An interruption, a store that does not work, or else a fault of the program.</returns>
    public static Exception Translate(Exception exception, bool writing) => exception switch
    {
        PostgresException postgres when RolledBack.Contains(postgres.SqlState) => new StoreInterruptedException(postgres, mayBeWritten: false),

        // Class 08 and 57: the connection is over, whatever was under way.
        PostgresException { SqlState: ['0', '8', ..] or ['5', '7', ..] } => new StoreInterruptedException(exception, writing),

        // Class 53 (a full disk), 58 and XX (the system beneath it).
        PostgresException { SqlState: ['5', '3', ..] or ['5', '8', ..] or ['X', 'X', ..] } => new ChatException(ChatError.Unavailable, exception),
        PostgresException => exception,
        NpgsqlException or SocketException or IOException or TimeoutException or ObjectDisposedException => new StoreInterruptedException(exception, writing),
        _ => exception,
    };

    /// <summary>Whether the driver, the network or the database has failed, rather than the program.</summary>
    public static bool IsOfDatabase(Exception exception) => exception is NpgsqlException or SocketException or IOException or TimeoutException or ObjectDisposedException;
}
